"""What `make` runs. Standard library only where it runs before `.venv` exists (`setup`, `debian`, `stamps`)."""
