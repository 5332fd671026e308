"""Text to signals: redact, encode once, small heads on the vectors. No database, no HTTP."""

import os
import sys

# Importing OpenVINO sends an event to a web service where `openvino_telemetry` is installed,
# and its wheel installs it. Barred here, before any module of this package imports it, the
# library falls back on its own stub that does nothing. A test holds that nothing connects.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

# Each shape of a run leaves compiled kernels behind, in int8 about 3 MB for four layers. oneDNN
# keeps a thousand of them for the process, which has no end within a worker's memory.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
