#!/usr/bin/env python3
# check-headers.py - compiles every header alone
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: check-headers.py TREE BUILD
# A header must bring what it needs: it is compiled as the only line of a file, with the options of
# a source of the same folder (from the build's compile_commands.json).  Prints TAP.

import concurrent.futures
import json
import os
import shlex
import subprocess
import sys

FOLDERS = ('core', 'opencl', 'pipelines', 'plugin', 'data', 'tests')


def find_headers(tree):
    for top in FOLDERS:
        for folder, _, names in os.walk(os.path.join(tree, top)):
            for name in sorted(names):
                if name.endswith('.h'):
                    yield os.path.normpath(os.path.join(folder, name))


def find_options(commands, tree, header):
    """the compiler and its options for a source beside @header, or in the closest folder above"""
    folder = os.path.dirname(header)
    while folder.startswith(tree) and folder != tree:
        near = [c for path, c in commands if path.startswith(folder + os.sep) and path.endswith('.c')]
        if near:
            return near[0]
        folder = os.path.dirname(folder)
    return None


def read_commands(build):
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as stream:
        entries = json.load(stream)
    commands = []
    for entry in entries:
        words = shlex.split(entry['command'])
        keep, skip = [], False
        for word in words:
            if skip or word in ('-c', '-MD', '-MMD') or word == entry['file']:
                skip = False
            elif word in ('-o', '-MF', '-MQ', '-MT'):
                skip = True
            else:
                keep.append(word)
        path = os.path.normpath(os.path.join(entry['directory'], entry['file']))
        commands.append((path, keep))
    return commands


def compile_alone(command, build, header):
    source = f'#include "{header}"\n#include "{header}"\ntypedef int not_empty;\n'
    run = subprocess.run(command + ['-Werror', '-fsyntax-only', '-x', 'c', '-'], cwd=build, input=source,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return run.returncode == 0, run.stdout


def main(tree, build):
    tree, build = os.path.realpath(tree), os.path.realpath(build)
    commands = read_commands(build)
    jobs = [(h, find_options(commands, tree, h)) for h in find_headers(tree)]
    print(f'1..{len(jobs)}')
    well = True
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(compile_alone, c, build, h) if c else None for h, c in jobs]
        for number, ((header, _), run) in enumerate(zip(jobs, runs), 1):
            name = os.path.relpath(header, tree)
            if run is None:
                print(f'ok {number} {name} # SKIP no source of its folder is built')
                continue
            passed, words = run.result()
            well = well and passed
            print(('ok' if passed else 'not ok') + f' {number} {name}')
            if not passed:
                print(''.join(f'# {line}\n' for line in words.splitlines()), end='')
    return 0 if well else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:3]))
