"""Python runs this first: it writes down what a process of the tool was given, where a test asks for that."""

import json
import os
import sys
from pathlib import Path

if "omneo_reconcile" in sys.orig_argv and "WITNESS" in os.environ:
    with Path(os.environ["WITNESS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"arguments": sys.orig_argv, "environment": dict(os.environ)}) + "\n")
