"""Runs ministack until standard input closes, so that no emulator outlives the test that started it, however that test ends."""

import os
import sys
import threading

from ministack.app import main


def leave_with_whoever_started_us():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=leave_with_whoever_started_us, daemon=True).start()
main()
