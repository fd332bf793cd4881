"""Plans of common kinds to begin a price list with, in any currency and zone. The prices are made up."""

from typing import Any, Final, NamedTuple

from apps.core.money import currency_digits

_EVERY_DAY: Final = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_VEHICLE_TYPES: Final = ("motorcycle", "car", "van", "bus", "truck", "trailer")
Json = dict[str, Any]


class StartingPoint(NamedTuple):
    """A plan (format 1) with what it is for."""

    key: str
    title: str
    words: str
    plan: Json


def starting_points(*, currency: str, zone: str) -> tuple[StartingPoint, ...]:
    """The plans for a tenant. Raises UnknownCurrency."""
    coins = _Coins(currency)
    kinds = {
        "day-cap": (
            "Hours with a day cap",
            "Each started hour, never more than a day's price in 24 hours.",
            _repeat("24h", _cap(coins.price(10), _units(coins.price(2), "1h"))),
        ),
        "free-minutes": (
            "Free minutes first",
            "Short stays are free; a longer one pays every started quarter of an hour from its beginning.",
            {"kind": "grace", "free": "15m", "boundary": "free", "longerPays": "all",
             "of": _repeat("24h", _cap(coins.price(10), _units(coins.price("0.50"), "15m")))},
        ),
        "first-hour": (
            "A first hour, then half-hours",
            "One price for the first hour, a lower one for each started half-hour after it, capped by the day.",
            _repeat("24h", _cap(coins.price(12), {"kind": "blocks", "blocks": [
                {"lasts": "1h", "of": {"kind": "flat", "price": coins.price(3)}},
                {"lasts": "rest", "of": _units(coins.price(1), "30m")},
            ]})),
        ),
        "night-flat": (
            "Hours by day, a flat price by night",
            "Each started hour from 07:00 to 20:00; one price for the whole night.",
            {"kind": "bands", "boundary": "split", "elsewhere": None, "bands": [
                {"window": "day", "of": _units(coins.price(2), "1h")},
                {"window": "night", "of": {"kind": "flat", "price": coins.price(5)}},
            ]},
        ),
        "slabs": (
            "A table of lengths",
            "The price of the whole stay is read from a table; each further 24 hours begin it anew.",
            _repeat("24h", {"kind": "slabs", "boundary": "included", "pastTheLast": "left", "slabs": [
                {"upTo": "15m", "price": 0},
                {"upTo": "1h", "price": coins.price("1.50")},
                {"upTo": "2h", "price": coins.price(3)},
                {"upTo": "4h", "price": coins.price(5)},
                {"upTo": "24h", "price": coins.price(9)},
            ], "beyond": {"kind": "refuse", "because": "never reached"}}),
        ),
        "truck-yard": (
            "Truck yard by vehicle type",
            "Each started 24 hours, at a price for each vehicle type. A type that is not listed is refused.",
            {"kind": "byChoice", "fact": "vehicleType", "cases": [
                {"values": [code], "of": _units(coins.price(2 + 3 * place), "24h")}
                for place, code in enumerate(_VEHICLE_TYPES)
            ]},
        ),
    }  # fmt: skip
    found = []
    for key, (title, words, charge) in kinds.items():
        plan = _plan(title, charge, currency=currency, zone=zone, smallest=coins.smallest)
        if key == "night-flat":
            plan["windows"] = {"day": _window("07:00", "20:00", 0), "night": _window("20:00", "07:00", 1)}
            plan["longestStay"] = "60d"
        if key == "truck-yard":
            plan["facts"] = {"vehicleType": {"kind": "choice", "words": list(_VEHICLE_TYPES), "absent": None}}
        found.append(StartingPoint(key, title, words, plan))
    return tuple(found)


class _Coins:
    """Prices that look like some in a currency: 2 euros, 200 yen, 20 rupees."""

    _SMALL: Final = {"INR": 10, "THB": 10, "MXN": 10, "ZAR": 10, "CZK": 20, "RUB": 40, "PHP": 20}

    def __init__(self, currency: str) -> None:
        digits = currency_digits(currency)
        self._times = self._SMALL.get(currency, 100 if digits == 0 else 1)
        self.smallest: int | float = 1 if digits == 0 else float(f"1e-{digits}")

    def price(self, amount: int | str) -> int | float:
        """The amount as a price in the currency."""
        price = float(amount) * self._times
        return int(price) if price == int(price) else price


def _units(price: int | float, per: str) -> Json:
    return {"kind": "units", "price": price, "per": per, "step": per, "count": "started"}


def _repeat(each: str, of: Json) -> Json:
    return {"kind": "repeat", "each": {"kind": "length", "of": each}, "of": of}


def _cap(at: int | float, of: Json) -> Json:
    return {"kind": "cap", "at": at, "per": {"kind": "span"}, "visits": "each", "of": of}


def _window(begins: str, ends: str, days_later: int) -> Json:
    return {"days": _EVERY_DAY, "begins": begins, "ends": ends, "endsDaysLater": days_later}


def _plan(name: str, charge: Json, *, currency: str, zone: str, smallest: int | float) -> Json:
    return {
        "format": 1,
        "name": name,
        "currency": currency,
        "zone": zone,
        "time": "elapsed",
        "precision": "minute",
        "facts": {},
        "calendars": [],
        "windows": {},
        "governs": "entry",
        "editions": [{"since": None, "charge": charge}],
        "overstay": None,
        "afterPayment": None,
        "discounts": {"stacking": "inOrder", "items": []},
        "rounding": {"to": smallest, "mode": "halfUp", "on": "total"},
        "tax": {"prices": "inclusive", "rateOf": "entry", "roundedOn": "total",
                "rates": [{"since": None, "percent": 0}]},
        "longestStay": None,
        "longerMayCostLess": False,
    }  # fmt: skip
