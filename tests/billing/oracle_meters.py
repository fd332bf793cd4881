"""Each kind of meter of docs/tariffs.md as a taxi meter.

Written from the words, and sharing nothing with the engine: where the engine divides and subtracts, these count.
"""

from tests.billing.oracle_bounds import AtLeast, Cap, Visits
from tests.billing.oracle_choices import Bands, ByFact, Choose, During
from tests.billing.oracle_prices import Flat, Free, Ladder, Refuse, Slabs, Units
from tests.billing.oracle_sequences import Blocks, Grace, Repeat, Sum
from tests.billing.oracle_taxi import Taxi

METERS: dict[str, type[Taxi]] = {
    "free": Free, "flat": Flat, "units": Units, "blocks": Blocks, "slabs": Slabs, "bands": Bands, "repeat": Repeat,
    "cap": Cap, "atLeast": AtLeast, "grace": Grace, "choose": Choose, "byFlag": ByFact, "byChoice": ByFact,
    "byNumber": ByFact, "refuse": Refuse, "visits": Visits, "during": During, "sum": Sum, "ladder": Ladder,
}  # fmt: skip
