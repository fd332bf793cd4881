"""What billing does when it hears of a thing that has happened."""

from apps.core.events import Envelope
from apps.parking.events import VehicleExited

from .events import PaymentTaken
from .ledger.movements import payment_taken, stay_charged
from .ledger.posting import post_all
from .models import Payment, StayFee

HEARD = (VehicleExited, PaymentTaken)


class LedgerHandler:
    """Posts the fee of a stay that ended and the payments for it, so that the gate need not wait for the ledger."""

    def handle(self, envelope: Envelope) -> None:
        """Post what the event tells of, unless that is done. A stay without a price is not owed for."""
        if envelope.type == VehicleExited.__name__:
            fee = StayFee.objects.get(stay_id=envelope.data["entryId"])
            made = stay_charged(fee)
        else:
            payment = Payment.objects.select_related("stay").get(id=envelope.data["paymentId"])
            made = payment_taken(payment)
        if made is not None:
            post_all(postings=[made])

    def on_error(self, envelope: Envelope, error: Exception) -> None:
        """The courier's log line says all there is to say; the event is tried again and then is a dead letter."""
