"""Every table there is: all modules of ``db.models``, found where they lie, so that none is forgotten where it counts (the
migrations, and whose rows a session may touch)."""

import pkgutil
from importlib import import_module

from db import models
from db.models.base import Row

for _module in pkgutil.iter_modules(models.__path__, f"{models.__name__}."):
    import_module(_module.name)
METADATA = Row.metadata


def mapped() -> list[type[Row]]:
    """The classes of all tables, in one order."""
    return sorted((mapper.class_ for mapper in Row.registry.mappers), key=lambda model: model.__name__)
