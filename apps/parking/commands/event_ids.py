"""The gate's own ids of what it reports: a report that comes again is answered as before and does nothing."""

from apps.core.errors import FieldError, Invalid


class EventIdReused(Invalid):
    code, title = "event_id_reused", "This eventId was used for another report"

    def __init__(self) -> None:
        detail = "Send a new eventId with a new report; this one belongs to an earlier one."
        super().__init__(detail, errors=(FieldError("eventId", self.code, detail),))
