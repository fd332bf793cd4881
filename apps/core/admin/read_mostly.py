"""The base of every admin page: it shows, and changes only what a command changes."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import Textarea
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from apps.core.actor import Actor
from apps.core.errors import DomainError

from .access import access
from .sites import actor_of

READ, WRITE = "read", "write"
Fields = dict[str, Any]


class ReadMostlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is not typed
    """A table that people look at. By default nothing is added, changed or removed here.

    A subclass that overrides `create`, `change` or `remove` offers just that, and calls one command in it; what the
    command refuses is shown on the form. `resource` is the table's name among the permissions; on the platform's
    site, whose people may do all that there is, it is empty. `writable` are the fields of the form when changing,
    `writable_first` those when adding (default: the same).
    """

    resource: ClassVar[str] = ""
    icon: ClassVar[str] = "table_rows"  # of Material Symbols, in the navigation
    writable: ClassVar[tuple[str, ...]] = ()
    writable_first: ClassVar[tuple[str, ...]] = ()
    endless: ClassVar[bool] = False  # a table that grows by the day is paged without counting it

    list_per_page = 50
    compressed_fields = True
    list_filter_submit = False
    warn_unsaved_form = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show_full_result_count = not self.endless

    def create(self, *, fields: Fields, actor: Actor) -> Model:
        """Make one by a command and give it."""
        raise PermissionDenied

    def change(self, *, row: Any, fields: Fields, changed: list[str], actor: Actor) -> None:
        """Change a row by a command; `row` is as it was."""
        raise PermissionDenied

    def remove(self, *, row: Any, actor: Actor) -> None:
        """Remove a row by a command."""
        raise PermissionDenied

    # -- who may

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, READ)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, READ)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._offers("create") and self._may(request, WRITE)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._offers("change") and self._may(request, WRITE)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._offers("remove") and self._may(request, WRITE)

    def _offers(self, what: str) -> bool:
        return getattr(type(self), what) is not getattr(ReadMostlyAdmin, what)

    def _may(self, request: HttpRequest, action: str) -> bool:
        actor = actor_of(request)
        if actor is None or not self.admin_site.admits(actor):
            return False
        return not self.resource or access().may(actor, self.resource, action)

    # -- what is written

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        if obj is None and self._offers("create"):
            return list(self.writable_first or self.writable)
        if self.has_change_permission(request, obj):
            return self._columns()
        columns = {field.name for field in self.model._meta.fields}
        return [name for name in self._columns() if name in columns or hasattr(self, name)]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        writable = (self.writable_first or self.writable) if obj is None else self.writable
        return [name for name in [*self._columns(), *self.readonly_fields] if name not in writable]

    def _columns(self) -> list[str]:
        shown = list(self.fields or [])
        return shown or [field.name for field in self.model._meta.fields]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, Textarea):
            field.widget.attrs["rows"] = 3
        return field

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        base: Any = super().get_form(request, obj, change=change, **kwargs)

        class TellsRefusal(base):  # type: ignore[misc]
            """Shows what the command refused when the same form was sent a moment ago."""

            def clean(self) -> Any:
                cleaned = super().clean()
                refusal = getattr(request, "admin_refusal", None)
                if refusal is not None:
                    _tell(self, refusal)
                return cleaned

        return TellsRefusal

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        except DomainError as refusal:
            # The transaction is rolled back; the same form again, now with the refusal in it, is not saved but shown
            request.admin_refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        actor = actor_of(request)
        assert actor is not None
        if not change:
            obj.pk = self.create(fields=form.cleaned_data, actor=actor).pk
        elif form.changed_data:
            before = self.get_queryset(request).get(pk=obj.pk)
            self.change(row=before, fields=form.cleaned_data, changed=form.changed_data, actor=actor)
        obj.refresh_from_db()

    def save_related(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: a command writes all that belongs together."""

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        actor = actor_of(request)
        assert actor is not None
        self.remove(row=obj, actor=actor)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[no-any-return]
        except DomainError as refusal:
            self.message_user(request, f"{refusal.title}. {refusal.detail}", level="ERROR")
            return self.response_post_save_change(request, self.get_object(request, object_id))  # type: ignore[no-any-return]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those of the subclass; removing many rows at once is none of them."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    # -- no log: commands leave events

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        return None

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        paginator = InfinitePaginator if self.endless else self.paginator
        return paginator(*args, **kwargs)


def _tell(form: Any, refusal: DomainError) -> None:
    """Put a refusal where it belongs: to the field that it names, else above the form."""
    told = False
    for error in refusal.errors:
        field = _snake(error.field)
        form.add_error(field if field in form.fields else None, ValidationError(error.message, code=error.code))
        told = True
    if not told:
        form.add_error(None, ValidationError(f"{refusal.title}. {refusal.detail}", code=refusal.code))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name.split(".")[0])
