"""The catalogue of all events for `docs/events.md`, made from their classes so that it cannot lie."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec

import msgspec
from django.apps import apps
from msgspec import inspect

from .event import DomainEvent, event_classes
from .subscription import Subscription

BEGIN, END = "<!-- made by `manage.py document_events`: do not edit below -->", "<!-- end -->"
_NAMES: dict[type[inspect.Type], str] = {
    inspect.UUIDType: "uuid",
    inspect.DateTimeType: "timestamp",
    inspect.DecimalType: "decimal",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.StrType: "text",
    inspect.BoolType: "boolean",
    inspect.StructType: "object",
    inspect.NoneType: "null",
}


def catalogue(subscriptions: Sequence[Subscription]) -> str:
    """Every event class of the platform with its fields and who hears it, as Markdown."""
    return "\n\n".join(_section(event, [s.name for s in subscriptions if event in s.events]) for event in list_events())


def renewed(page: str, subscriptions: Sequence[Subscription]) -> str:
    """The page with a fresh catalogue between its two marks. Raises ValueError where it has no marks."""
    head, _, rest = page.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise ValueError(f"the page needs the lines {BEGIN} and {END}")
    return f"{head}{BEGIN}\n\n{catalogue(subscriptions)}\n\n{END}{tail}"


def list_events() -> list[type[DomainEvent]]:
    """The event classes of all installed contexts, by context and name."""
    contexts = [app.name for app in apps.get_app_configs() if find_spec(f"{app.name}.events")]
    homes = [import_module(f"{context}.events").__name__ for context in contexts]
    known = [event for event in event_classes().values() if event.__module__ in homes]
    return sorted(known, key=lambda event: (event.__module__, event.__name__))


def _section(event: type[DomainEvent], hearers: Iterable[str]) -> str:
    heard = ", ".join(f"`{name}`" for name in hearers) or "nobody yet"
    context, version = event.__module__.split(".")[1], event.schema_version
    return "\n".join(
        [
            f"### {event.__name__}",
            "",
            described(event),
            "",
            f"Of {context}; aggregate `{event.aggregate_type}`; schema version {version}; heard by {heard}.",
            "",
            "| field | type |",
            "|---|---|",
            *(f"| `{name}` | {kind} |" for name, kind in _fields(event)),
        ]
    )


def described(event: type[DomainEvent]) -> str:
    """What the class says of itself, its fields named as a reader of events meets them."""
    text = (event.__doc__ or "").strip()
    for field in msgspec.structs.fields(event):
        text = text.replace(f"`{field.name}`", f"`{field.encode_name}`")
    return text


def _fields(struct: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, str]]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        name = prefix + field.encode_name
        yield name, _kind(field.type)
        for part in _alternatives(field.type):
            if isinstance(part, inspect.StructType):
                yield from _fields(part.cls, f"{name}.")


def _alternatives(kind: inspect.Type) -> Sequence[inspect.Type]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _kind(kind: inspect.Type) -> str:
    return " or ".join(_name(part) for part in _alternatives(kind))


def _name(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.DictType):
        return f"object of {_kind(kind.value_type)} by {_kind(kind.key_type)}"
    if isinstance(kind, inspect.ListType | inspect.CollectionType | inspect.VarTupleType):
        return f"list of {_kind(kind.item_type)}"
    return _NAMES.get(type(kind), type(kind).__name__)
