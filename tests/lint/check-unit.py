#!/usr/bin/env python3
# check-unit.py - the service's unit is understood, and allows the system calls that persead lives by
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: check-unit.py UNIT PERSEAD
# Asks systemd-analyze about the unit as it is installed, with the PERSEAD of the build folder in its
# place: it must have nothing to say, and the filter must let through what decoders lock themselves in
# with.  A group that this version of systemd does not know is passed over by it, with a warning that
# nobody reads.  Prints TAP.

import os
import re
import subprocess
import sys
import tempfile

NEEDED = {
    'landlock_create_ruleset', 'landlock_restrict_self', 'seccomp',  # persea-sandbox.c
    'close_range', 'prlimit64', 'memfd_create', 'socketpair', 'sendmsg', 'recvmsg',
    'sched_setscheduler', 'setpriority', 'ioprio_set',  # persea-scheduling.c
    'inotify_add_watch', 'fsync', 'fallocate', 'linkat', 'renameat2',
}


def analyze(*arguments):
    # systemd-analyze wants a session, and a folder for it
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(['systemd-analyze', *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False,
                              env=dict(os.environ, LC_ALL='C', XDG_RUNTIME_DIR=folder))


def read_groups():
    """{group: {member, …}}, as this systemd has them"""
    groups, members = {}, set()
    for line in analyze('syscall-filter').stdout.splitlines():
        if line.startswith('@'):
            members = groups.setdefault(line.strip(), set())
        elif line.startswith('    ') and not line.strip().startswith('#'):
            members.add(line.strip())
    return groups


def expand(names, groups):
    calls = set()
    for name in names:
        if name in groups:
            calls |= expand(groups[name], groups)
        elif not name.startswith('@'):
            calls.add(name)
    return calls


def main(unit, program):
    with open(unit, encoding='utf-8') as stream:
        text = stream.read()
    text = re.sub(r'^ExecStart=\S+', 'ExecStart=' + os.path.abspath(program), text, flags=re.M)
    print('1..2')
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'persead.service')
        with open(path, 'w', encoding='utf-8') as stream:
            stream.write(text)
        said = analyze('--user', 'verify', '--man=no', path)
    # not of other units, which are none of ours
    complaints = [line for line in said.stdout.splitlines() if 'persead' in line]
    for line in complaints:
        print('#', line)
    print('not ok' if complaints or said.returncode else 'ok', '1 systemd understands the unit')

    allowed = expand(' '.join(re.findall(r'^SystemCallFilter=(.*)', text, re.M)).split(), read_groups())
    missing = sorted(NEEDED - allowed)
    for call in missing:
        print(f'# {call} is not allowed')
    print('not ok' if missing else 'ok', '2 the filter lets through what is needed')
    return 1 if complaints or missing or said.returncode else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
