"""What recording an entry now would say, without recording it."""

from datetime import datetime

from apps.core.api.replies import Answer
from apps.core.errors import DomainError
from apps.parking.admission import EntryDetails, find_refusals
from apps.parking.models import Occupancy, ParkingEntry
from apps.parking.plates import loose_key
from apps.parking.site_facts import get_site_facts

NEARLY_FULL = 0.95


class ValidationFinding(Answer, frozen=True, kw_only=True):
    """Something that speaks against an entry."""

    field: str | None
    code: str
    message: str


class EntryValidation(Answer, frozen=True, kw_only=True):
    """POST parking/entries/validate: what recording the entry now would say; nothing is written."""

    valid: bool
    errors: list[ValidationFinding]
    warnings: list[ValidationFinding]
    matched_rules: list[str]


def validate_entry(*, entry: EntryDetails, at: datetime) -> EntryValidation:
    """Everything that speaks against an entry at `at` (UTC), and what to know about it. Raises LocationNotFound."""
    facts = get_site_facts(entry.location_id, fresh=True)
    errors = [finding for refusal in find_refusals(entry, facts, at=at) for finding in _findings(refusal)]
    warnings: list[ValidationFinding] = []
    occupancy = Occupancy.objects.get(location_id=entry.location_id)
    if (key := loose_key(entry.vehicle_number)) and _is_parked(key):
        errors.append(_finding("vehicleNumber", "already_parked", "This vehicle is parked; record its exit first."))
    taken = occupancy.by_type.get(entry.vehicle_type, 0)
    limit = occupancy.capacities.get(entry.vehicle_type, occupancy.capacity)
    if occupancy.occupied >= occupancy.capacity or taken >= limit:
        full = _finding("locationId", "location_full", f"{facts.name} has no place left for this vehicle.")
        (warnings if occupancy.allow_overbooking else errors).append(full)
    elif occupancy.occupied + 1 >= occupancy.capacity * NEARLY_FULL:
        warnings.append(_finding("locationId", "nearly_full", f"{facts.name} is nearly full."))
    return EntryValidation(valid=not errors, errors=errors, warnings=warnings, matched_rules=[])


def _is_parked(key: str) -> bool:
    """Wherever it may be: an entry would be refused though the other location is out of reach."""
    return ParkingEntry._base_manager.filter(plate_key=key, exit_time=None).exists()


def _findings(refusal: DomainError) -> list[ValidationFinding]:
    if not refusal.errors:
        return [_finding(None, refusal.code, refusal.detail)]
    return [_finding(error.field, error.code, error.message) for error in refusal.errors]


def _finding(field: str | None, code: str, message: str) -> ValidationFinding:
    return ValidationFinding(field=field, code=code, message=message)
