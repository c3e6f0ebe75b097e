#!/usr/bin/env python3
# count-tests.py - says how many tests ran, from the logs of "meson test"
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: count-tests.py TESTLOG.json...
# Counts the points of TAP ("ok", "not ok", "# SKIP"), not programs: a program with ten points is
# ten tests.  A program that prints no point counts as one, by its result; so does one that ended
# badly after points that were all well (a crash, a time-out, a leak).
# Names what was skipped or failed, then prints "N passed, N failed, N skipped" as its last line.

import json
import re
import sys

POINT = re.compile(r'^(ok|not ok)\b([^#]*)(?:#\s*(.*))?$')
WELL = {'OK': 'passed', 'EXPECTEDFAIL': 'passed', 'SKIP': 'skipped'}


def points_of(test):
    """yields (result, what, why) for each TAP point in what the program printed"""
    for line in test.get('stdout', '').splitlines():
        match = POINT.match(line)
        if not match:
            continue
        verdict, what, directive = match.groups()
        directive = directive or ''
        what = re.sub(r'^\s*\d*\s*-?\s*', '', what).strip()
        if directive.upper().startswith('SKIP'):
            yield 'skipped', what, directive[4:].strip()
        elif verdict == 'ok' or directive.upper().startswith('TODO'):
            yield 'passed', what, ''
        else:
            yield 'failed', what, ''


def results_of(test):
    points = list(points_of(test))
    result = WELL.get(test['result'], 'failed')
    if not points:
        points = [(result, '', '')]
    elif result == 'failed' and not any(p[0] == 'failed' for p in points):
        points.append(('failed', 'the program itself: ' + test['result'].lower(), ''))
    return points


def main(paths):
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    for path in paths:
        with open(path, encoding='utf-8') as log:
            tests = [json.loads(line) for line in log if line.strip()]
        for test in tests:
            for result, what, why in results_of(test):
                counts[result] += 1
                if result != 'passed':
                    print(f'{result}: {test["name"]}: {what}' + (f' ({why})' if why else ''))
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    return 0 if counts['failed'] == 0 and counts['passed'] > 0 else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
