"""Meters that price a span by themselves."""

from apps.billing.tariff.document.times import length_words

from .base import FREE, Charge, CompiledMeter, Facts, RefusedByPlan


class FreeMeter(CompiledMeter):
    def __init__(self, because: str) -> None:
        self._because = because

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return 0

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        return [Charge(FREE, f"Free: {self._because}", 1, 0, 0)] if end > start else []


class FlatMeter(CompiledMeter):
    def __init__(self, price: int) -> None:
        self._price = price

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return self._price if end > start else 0

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        return [Charge("flat", "flat price", 1, self._price, self._price)] if end > start else []


class UnitsMeter(CompiledMeter):
    """`price` is that of one step; `listed` says in words what so much time costs."""

    def __init__(self, *, price: int, step: int, started: bool, whole: bool, listed: str) -> None:
        self._price, self._step, self._started, self._whole, self._listed = price, step, started, whole, listed

    def _count(self, length: int) -> int:
        return -(-length // self._step) if self._started else length // self._step

    def amount(self, facts: Facts, start: int, end: int) -> int:
        return self._count(end - start) * self._price

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        count = self._count(end - start)
        if not count:
            return []
        if self._whole:
            return [Charge("time", f"{count} × {self._listed}", count, self._price, count * self._price)]
        amount = count * self._price
        return [Charge("time", f"{length_words(count * self._step)} at {self._listed}", 1, amount, amount)]

    def settled_until(self, facts: Facts, start: int, end: int) -> int:
        return start - (start - end) // self._step * self._step


class RefuseMeter(CompiledMeter):
    def __init__(self, because: str) -> None:
        self._because = because

    def amount(self, facts: Facts, start: int, end: int) -> int:
        if end > start:
            raise RefusedByPlan(self._because)
        return 0

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        self.amount(facts, start, end)
        return []


class SlabsMeter(CompiledMeter):
    """`slabs` are (length, price) by rising length."""

    def __init__(
        self, *, slabs: tuple[tuple[int, int], ...], included: bool, on_top: bool, beyond: CompiledMeter
    ) -> None:
        self._slabs, self._included, self._on_top, self._beyond = slabs, included, on_top, beyond
        self.timeless, self.work = beyond.timeless, beyond.work + 1

    def _row(self, length: int) -> tuple[int, int] | None:
        for row in self._slabs:
            if length < row[0] or (self._included and length == row[0]):
                return row
        return None

    def amount(self, facts: Facts, start: int, end: int) -> int:
        if end <= start:
            return 0
        row = self._row(end - start)
        if row is not None:
            return row[1]
        if not self._on_top:
            return self._beyond.amount(facts, start, end)
        last, price = self._slabs[-1]
        return price + self._beyond.amount(facts, start + last, end)

    def charges(self, facts: Facts, start: int, end: int) -> list[Charge]:
        if end <= start:
            return []
        row = self._row(end - start)
        if row is None and not self._on_top:
            return self._beyond.charges(facts, start, end)
        length, price = row or self._slabs[-1]
        bound = "up to" if self._included else "under"
        charges = [Charge("slab", f"{bound} {length_words(length)}", 1, price, price)]
        return charges if row else charges + self._beyond.charges(facts, start + length, end)
