"""Production's static files: named by their content, and so are the modules that a script imports."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class NamedByContent(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise is not typed
    """A new release never mixes a new script with an old module from a browser's cache."""

    support_js_module_import_aggregation = True
