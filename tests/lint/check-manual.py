#!/usr/bin/env python3
# check-manual.py - the manual page has every command and option, and no other
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: check-manual.py PERSEA PAGE...
# Asks the program for its commands and their options and compares with persea.1, the first PAGE.
# All pages go through mandoc, if it is there.  Prints TAP.

import os
import re
import shutil
import subprocess
import sys

OPTION = re.compile(r'--[a-z][a-z-]*')
# explained once, for all commands
COMMON = {'--model', '--device', '--precision', '--json', '--quiet', '--verbose', '--help',
          '--recursive', '--files-from', '--allow-untrusted'}


def ask(*command):
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True,
                         env=dict(os.environ, LC_ALL='C.UTF-8', LANGUAGE=''))
    return run.stdout


def find_commands(program):
    rows = ask(program, '--help').split('Commands:')[1].split('\n\n')[0]
    return [row.split()[0] for row in rows.splitlines() if row.strip()]


def find_options(program, command):
    return set(re.findall(r'^  (?:-\w, )?(--[a-z][a-z-]*)', ask(program, command, '--help'), re.M))


def read_sections(page):
    """{command: text}, with the part that is common to all under the empty name"""
    with open(page, encoding='utf-8') as stream:
        text = stream.read().replace('\\-', '-')
    sections = {'': re.search(r'\.SH COMMON OPTIONS\n(.*?)\.SH', text, re.S).group(1)}
    for match in re.finditer(r'\.SS persea (\w+)\n(.*?)(?=\.S[SH])', text, re.S):
        sections[match.group(1)] = match.group(2)
    return sections


def compare(program, page):
    """yields (what, [problem, …])"""
    sections = read_sections(page)
    commands = find_commands(program)
    problems = [f'{c}: has no section' for c in commands if c not in sections]
    problems += [f'{c}: is no command' for c in sections if c and c not in commands]
    yield 'every command has its section', problems
    for command in commands:
        options = find_options(program, command)
        listed = set(OPTION.findall(sections.get(command, '')))
        common = set(OPTION.findall(sections['']))
        problems = [f'{o}: is not explained' for o in sorted(options - listed - common)]
        problems += [f'{o}: is no option' for o in sorted(listed - options)]
        problems += [f'{o}: is a common option for {command} only by name'
                     for o in sorted((options & common) - COMMON - listed)]
        yield f'persea {command}', problems


def lint_page(page):
    run = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', page], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False)
    return run.stdout.splitlines()


def main(program, pages):
    points = list(compare(program, pages[0]))
    print(f'1..{len(points) + len(pages)}')
    for number, (what, problems) in enumerate(points, 1):
        print(('not ok' if problems else 'ok') + f' {number} {what}')
        print(''.join(f'# {problem}\n' for problem in problems), end='')
    failed = any(problems for _, problems in points)
    for number, page in enumerate(pages, len(points) + 1):
        name = os.path.basename(page)
        if shutil.which('mandoc') is None:
            print(f'ok {number} {name} # SKIP mandoc is not here')
            continue
        problems = lint_page(page)
        failed = failed or bool(problems)
        print(('not ok' if problems else 'ok') + f' {number} {name}')
        print(''.join(f'# {problem}\n' for problem in problems), end='')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
