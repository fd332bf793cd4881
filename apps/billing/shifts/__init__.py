"""Cash shifts as they are read and shown; `commands/shifts` writes them."""
