"""What the simulator has to know of a site: its places and gates, and who comes when and for how long. Pure."""

import msgspec

from apps.parking.opening_hours import OpeningHours


class VisitKind(msgspec.Struct, frozen=True, kw_only=True):
    """One reason to come. Shares are 0 to 1.

    `share` of all arrivals; a stay lasts `median_hours`, log-normally spread by `spread` (the standard deviation of
    its logarithm). `returning` come again and again, `announced` say when they will leave, `paying` pay at the exit;
    the others leave their fee open.
    """

    vehicle_type: str
    share: float
    median_hours: float
    spread: float
    returning: float = 0.7
    announced: float = 0.0
    paying: float = 0.8


class SitePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A site and its rhythm. `arrivals_a_day` is meant for an ordinary weekday.

    `by_weekday` are factors from Monday on, `by_hour` weights of the 24 hours of local time. `gates` maps names to
    directions. `attended`: the share of movements that a person records, not a camera.
    """

    name: str
    address: str
    latitude: float
    longitude: float
    timezone: str
    capacity: int
    capacities: dict[str, int]
    allowed_stay_minutes: int
    gates: dict[str, str]
    arrivals_a_day: float
    by_weekday: tuple[float, ...]
    by_hour: tuple[float, ...]
    visits: tuple[VisitKind, ...]
    opening_hours: OpeningHours = {}
    payment_required: bool = False
    attended: float = 0.6

    def gates_for(self, direction: str) -> list[str]:
        """The names of the gates that a vehicle may take in this direction."""
        return [name for name, given in self.gates.items() if given in (direction, "both")]


class DemoTenant(msgspec.Struct, frozen=True, kw_only=True):
    """A demo tenant's sites, and the region (`people.REGIONS`) that its vehicles and drivers come from."""

    slug: str
    region: str
    sites: tuple[SitePlan, ...]
