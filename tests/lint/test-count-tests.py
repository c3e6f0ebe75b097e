#!/usr/bin/env python3
# test-count-tests.py - the numbers that ./check ends with
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later

import json
import os
import subprocess
import sys
import tempfile

COUNT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tools', 'count-tests.py')

# (what, [(result of meson, output)], last line, exit status)
CASES = [
    ('points are counted', [('OK', '1..2\nok 1 /a/b\nok 2 - /a/c\n# ok 3\n')], '2 passed, 0 failed, 0 skipped', 0),
    ('a skipped point', [('OK', 'ok 1 a # SKIP no device\nok 2 b\n')], '1 passed, 0 failed, 1 skipped', 0),
    ('a failed point', [('FAIL', 'ok 1 a\nnot ok 2 b\n')], '1 passed, 1 failed, 0 skipped', 1),
    ('a crash after good points', [('ERROR', 'ok 1 a\n')], '1 passed, 1 failed, 0 skipped', 1),
    ('a time-out without points', [('TIMEOUT', '')], '0 passed, 1 failed, 0 skipped', 1),
    ('a program without TAP', [('OK', 'all is well\n')], '1 passed, 0 failed, 0 skipped', 0),
    ('a whole program skipped', [('SKIP', '1..0 # SKIP no bus\n'), ('OK', 'ok 1 a\n')],
     '1 passed, 0 failed, 1 skipped', 0),
    ('nothing but skips', [('SKIP', '')], '0 passed, 0 failed, 1 skipped', 1),
    ('no test at all', [], '0 passed, 0 failed, 0 skipped', 1),
]


def count(tests):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'testlog.json')
        with open(path, 'w', encoding='utf-8') as log:
            for result, output in tests:
                log.write(json.dumps({'name': 'x', 'result': result, 'stdout': output}) + '\n')
        run = subprocess.run([sys.executable, COUNT, path], stdout=subprocess.PIPE, text=True, check=False)
    return run.stdout.splitlines()[-1], run.returncode


def main():
    well = True
    print(f'1..{len(CASES)}')
    for number, (what, tests, line, status) in enumerate(CASES, 1):
        found = count(tests)
        passed = found == (line, status)
        well = well and passed
        print(('ok' if passed else 'not ok') + f' {number} {what}')
        if not passed:
            print(f'# expected {(line, status)}, found {found}')
    return 0 if well else 1


if __name__ == '__main__':
    sys.exit(main())
