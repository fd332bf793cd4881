"""A simulated stay as its gates report it to the commands."""

from decimal import Decimal

from apps.billing.public import TakePayment
from apps.parking.admission import EntryDetails
from apps.parking.commands import ExitDetails

from .history_rows import Place, source_of
from .moves import SimulatedStay


def report_entry(stay: SimulatedStay, place: Place) -> EntryDetails:
    """What the entry gate reports, when it happens."""
    return EntryDetails(
        vehicle_number=stay.plate,
        vehicle_type=stay.vehicle_type,
        location_id=place.location_id,
        gate_id=place.gates[stay.entry_gate],
        driver_name=stay.driver,
        driver_phone=stay.phone,
        transport_name=stay.haulier,
        source=source_of(stay),
        expected_exit_time=stay.expected_exit_at,
        event_id=stay.event_id,
    )


def report_exit(stay: SimulatedStay, place: Place, *, due: Decimal | None) -> ExitDetails:
    """What the exit gate reports, when it happens; `due` is the fee, of which nothing is paid where it has no price."""
    payment = TakePayment(method=stay.paid_by, amount=due) if stay.paid_by and due is not None else None
    return ExitDetails(
        vehicle_number=stay.plate,
        location_id=place.location_id,
        gate_id=place.gates[stay.exit_gate],
        payment=payment,
        event_id=f"{stay.event_id}:exit",
    )
