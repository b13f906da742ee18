"""What the whole suite stands on; loaded as pytest plugins by `tests/conftest.py`."""
