"""The limit for whoever is not signed in: two numbers an address, sliding from window to window."""

import pytest
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from geo.permissions import AnonymousThrottle


class Clock:
    def __init__(self) -> None:
        self.now = 6_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    cache.clear()
    made = Clock()
    monkeypatch.setattr(AnonymousThrottle, "THROTTLE_RATES", {"anonymous": "10/minute"})
    monkeypatch.setattr(AnonymousThrottle, "timer", staticmethod(made))
    yield made
    cache.clear()


def ask(times: int, address: str = "10.0.0.1") -> int:
    """Return how many of so many requests are let through."""
    request = Request(APIRequestFactory().get("/", REMOTE_ADDR=address))
    return sum(AnonymousThrottle().allow_request(request, None) for _ in range(times))


def test_as_many_as_the_rate_says(clock):
    assert ask(14) == 10


def test_each_address_for_itself(clock):
    assert ask(12, "10.0.0.1") == 10
    assert ask(12, "10.0.0.2") == 10


def test_a_new_window_does_not_give_everything_back_at_once(clock):
    """Else twice the rate would pass around the turn of a minute."""
    clock.now += 59.9
    assert ask(12) == 10
    clock.now += 0.2
    assert ask(12) == 0
    clock.now += 30
    assert ask(12) == 5
    clock.now += 60
    assert ask(12) == 7


def test_it_says_when_to_come_again(clock):
    clock.now += 45
    ask(10)
    throttle = AnonymousThrottle()
    request = Request(APIRequestFactory().get("/", REMOTE_ADDR="10.0.0.1"))
    assert throttle.allow_request(request, None) is False
    assert throttle.wait() == pytest.approx(15)


def test_without_a_rate_there_is_no_limit(clock, monkeypatch):
    monkeypatch.setattr(AnonymousThrottle, "THROTTLE_RATES", {"anonymous": None})
    assert ask(50) == 50
