"""Sorts versions and reads requirements with `packaging`; prints the CPU seconds of both."""
import json
import sys
import time

from packaging.requirements import Requirement
from packaging.version import Version

with open(sys.argv[1], encoding="utf-8") as file:
    inputs = json.load(file)

start = time.process_time()
ordered = sorted(inputs["versions"], key=Version)
between = time.process_time()
for text in inputs["requirements"]:
    Requirement(text)
end = time.process_time()
print(json.dumps({"versions": between - start, "requirements": end - between, "newest": ordered[-1]}))
