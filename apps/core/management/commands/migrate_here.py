"""Django's own `migrate`, in the schema that is entered. Called by `migrate`; of little use by hand."""

from django.core.management.commands.migrate import Command as DjangoMigrate


class Command(DjangoMigrate):
    help = "Django's migrate in the schema that is entered; use `migrate`."
