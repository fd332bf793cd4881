"""A slow fee, counted minute by minute and written from docs/tariffs.md: it shares no code with the engine."""

from decimal import ROUND_HALF_UP, Context, Decimal

LENGTHS = {"hourly": 60, "daily": 24 * 60, "weekly": 7 * 24 * 60, "monthly": 30 * 24 * 60}
EXACTLY = Context(prec=80)


class Meter:
    """A taxi meter: each `tick` is one more started minute, `bill` what has been run up so far."""

    def __init__(self, prices: dict[str, int]) -> None:
        self.prices = dict(sorted(prices.items(), key=lambda item: LENGTHS[item[0]]))
        self.minutes = dict.fromkeys(prices, 0)
        self.settled = dict.fromkeys(prices, 0)
        self.complete = 0

    def tick(self) -> None:
        """Let one minute begin; boxes that were full are closed first."""
        names = list(self.prices)
        for place, name in enumerate(names):
            if self.minutes[name] == LENGTHS[name]:
                if place + 1 < len(names):
                    self.settled[names[place + 1]] += self.prices[name]
                else:
                    self.complete += self.prices[name]
                for inner in names[: place + 1]:
                    self.minutes[inner] = self.settled[inner] = 0
        for name in names:
            self.minutes[name] += 1

    @property
    def bill(self) -> int:
        """The money run up: the open boxes, each at most at its own price, and the closed ones."""
        inside: int | None = None
        for name, own in self.prices.items():
            if not self.minutes[name]:
                return 0
            full_or_capped = self.minutes[name] == LENGTHS[name] or inside is None
            inside = own if full_or_capped else min(own, self.settled[name] + (inside or 0))
        return self.complete + (inside or 0)


def running_bills(prices: dict[str, int | None], minutes: int) -> list[int]:
    """The bill after each minute from 0 on; caps that would make a stay dearer are left out."""
    used: dict[str, int] = {}
    for name, length in LENGTHS.items():
        own = prices.get(name)
        if own is not None and (not used or _after(used, length)[-1] >= own):
            used[name] = own
    return _after(used, minutes)


def _after(prices: dict[str, int], minutes: int) -> list[int]:
    meter, bills = Meter(prices), [0]
    for _ in range(minutes):
        meter.tick()
        bills.append(meter.bill)
    return bills


def base_fee(bills: list[int], minutes: int, grace: int) -> int:
    """The price of the time alone."""
    return 0 if minutes <= grace else bills[minutes]


def penalty_fee(bills: list[int], minutes: int, allowed: int, grace: int, multiplier: Decimal) -> int:
    """What overstaying adds: the extra share of what the minutes past the allowed end cost."""
    if minutes <= allowed + grace:
        return 0
    beyond = base_fee(bills, minutes, grace) - base_fee(bills, max(allowed, 0), grace)
    return _whole(EXACTLY.multiply(EXACTLY.subtract(multiplier, Decimal(1)), Decimal(beyond)))


def tax_of(listed: int, rate: Decimal, *, inclusive: bool) -> int:
    """The tax added to, or contained in, a listed sum."""
    share = EXACTLY.multiply(Decimal(listed), rate)
    return _whole(EXACTLY.divide(share, EXACTLY.add(Decimal(100), rate) if inclusive else Decimal(100)))


def _whole(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP, context=EXACTLY))
