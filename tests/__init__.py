import os
import tempfile

# Before the PostgreSQL wheel is imported: without a private runtime folder it warns, and warnings are errors.
if not os.environ.get("XDG_RUNTIME_DIR"):
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="waybridge-run-")
