#!/usr/bin/env python3
# embed.py - makes one C file of all kernel sources
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: embed.py OUTPUT.c DEPFILE KERNEL.cl...
# Each source is expanded: an include in quotes is looked for beside the including file and put in
# its place, once.  #line keeps the places of a build log true.

import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def expand(path, seen):
    seen.append(os.path.abspath(path))
    yield f'#line 1 "{os.path.basename(path)}"\n'
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if not match:
                yield line
                continue
            target = os.path.join(os.path.dirname(path), match.group(1))
            if os.path.abspath(target) not in seen:
                yield from expand(target, seen)
            yield f'#line {number + 1} "{os.path.basename(path)}"\n'


def quote(line):
    ascii_line = line.encode('ascii', 'replace').decode()  # some compilers know nothing else
    escaped = ascii_line.rstrip('\n').replace('\\', '\\\\').replace('"', '\\"').replace('?', '\\?')
    return f'    "{escaped}\\n"\n'


def main():
    output, depfile, *kernels = sys.argv[1:]
    used = []
    with open(output, 'w', encoding='utf-8') as out:
        out.write('/* made by embed.py */\n#include "persea-cl-source.h"\n\n'
                  'const PerseaClSource persea_cl_sources[] = {\n')
        for kernel in kernels:
            name = os.path.splitext(os.path.basename(kernel))[0]
            seen = []
            out.write(f'  { "{" } "{name}",\n')
            for line in expand(kernel, seen):
                out.write(quote(line))
            out.write('  },\n')
            used += [path for path in seen if path not in used]
        out.write('  { NULL, NULL },\n};\n')
    with open(depfile, 'w', encoding='utf-8') as out:
        out.write(f'{output}: {" ".join(used)}\n')


main()
