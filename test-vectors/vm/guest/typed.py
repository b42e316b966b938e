"""Runs a program on a terminal of its own and types an answer for each of its questions.

typed.py ANSWER... -- PROGRAM ARGUMENT...

Only the terminal is ours: the program keeps its standard input and output. It ends with the program's status, or with
99 where the program asked more often than there were answers. It gets two minutes.
"""

import fcntl
import os
import re
import select
import signal
import sys
import termios

QUESTION = re.compile(rb"[:?] ?$")
TOO_FEW = 99

answers = sys.argv[1 : sys.argv.index("--")]
command = sys.argv[sys.argv.index("--") + 1 :]
# Ours stays open at both ends: without anyone at its other end a terminal hangs up, and programs open theirs late.
terminal, other_end = os.openpty()
child = os.fork()
if child == 0:
    try:
        os.setsid()
        fcntl.ioctl(other_end, termios.TIOCSCTTY, 0)
        os.execvp(command[0], command)
    finally:
        os._exit(127)

signal.alarm(120)
asked = b""
while True:
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        break
    if not select.select([terminal], [], [], 0.05)[0]:
        continue
    asked += os.read(terminal, 4096)
    if not QUESTION.search(asked):
        continue
    if not answers:
        print(f"asked once more than there are answers: {asked.decode(errors='replace')}", file=sys.stderr)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        sys.exit(TOO_FEW)
    os.write(terminal, answers.pop(0).encode() + b"\n")
    asked = b""

if answers:
    print(f"was not asked for {len(answers)} of the answers", file=sys.stderr)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
