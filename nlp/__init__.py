"""Text to signals: redact, encode once, small heads on the vectors. No database, no HTTP."""

import sys

# Importing OpenVINO sends an event to a web service where `openvino_telemetry` is installed,
# and its wheel installs it. Barred here, before any module of this package imports it, the
# library falls back on its own stub that does nothing. A test holds that nothing connects.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
