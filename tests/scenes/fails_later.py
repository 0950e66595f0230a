# Waits until the file named as the first argument exists, then fails.
import sys
import time
from pathlib import Path

while not Path(sys.argv[1]).exists():
    time.sleep(0.02)
raise ValueError("the spanner is missing")
