"""Every part of the platform, named once, in the order of the layers.

Importing a part makes its tables, permissions, subscribers and jobs known; nothing depends on
who imports first.
"""

from importlib import import_module

PARTS = (
    "kyoso.core.journal",
    "kyoso.core.throttle",
    "kyoso.core.mail",
    "kyoso.core.files",
)

#: The blueprints, as ``module:name``, in the order of the menu.
BLUEPRINTS: tuple[str, ...] = ()


def load_parts() -> None:
    """Import every part."""
    for part in PARTS:
        import_module(part)
