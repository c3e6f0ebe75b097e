#!/usr/bin/env python3
# test-check-includes.py - shows that check-includes.py finds what it looks for
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# Makes a small tree without a fault, then plants one violation at a time and expects exactly the
# rule in question to name exactly that file.

import os
import re
import subprocess
import sys
import tempfile

LINT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'check-includes.py')
NOTICE = ('SPDX-FileCopyrightText: the Persea authors', 'SPDX-License-Identifier: LGPL-3.0-or-later')


def c_file(path, *lines):
    head = [f'/* {os.path.basename(path)} - part of a test', ' *'] + [f' * {n}' for n in NOTICE] + [' */']
    first = ['#pragma once'] if path.endswith('.h') else ['#include "config.h"'] * path.endswith('.c')
    return '\n'.join(head + first + list(lines)) + '\n'


def make(path, *lines):
    return path, c_file(path, *lines)


CLEAN = dict([
    make('core/persea-thing.h', '#include <gio/gio.h>'),
    make('core/persea-thing.c', '#include "persea-thing.h"', '#include <string.h>',
         '/* never calls printf ("x") or vips */', 'const char *text = "printf (GDBus)";'),
    make('core/persea-thing-private.h', '#include "persea-thing.h"'),
    make('opencl/persea-opencl.h', '#include "persea-thing.h"'),
    make('opencl/persea-cl-queue.h', '#include <CL/cl.h>'),
    make('opencl/persea-opencl.c', '#include "persea-cl-queue.h"', '#include "persea-opencl.h"'),
    make('opencl/kernels/gemm.cl', 'kernel void gemm (void) {}'),
    make('pipelines/persea-image-file.c', '#include <vips/vips.h>', '#include "persea-opencl.h"'),
    make('pipelines/persea-bus.c', '#include <gio/gunixfdlist.h>', '#include <sqlite3.h>'),
    make('tests/unit/test-thing.c', '#include "persea-thing-private.h"', '#include <vips/vips.h>'),
])

# (what, rule, file, contents): the rule must name the file, and no other rule may complain
PLANTED = [
    ('core includes OpenCL', 'check_layers', *make('core/bad.c', '#include <CL/cl.h>')),
    ('core includes GEGL', 'check_layers', *make('core/bad.c', '#include <gegl.h>')),
    ('core includes SQLite', 'check_layers', *make('core/bad.c', '#include <sqlite3.h>')),
    ('core includes gexiv2', 'check_layers', *make('core/bad.h', '#include <gexiv2/gexiv2.h>')),
    ('core includes libvips', 'check_layers', *make('core/models/bad.c', '#include <vips/vips.h>')),
    ('core includes opencl', 'check_layers', *make('core/bad.c', '#include "persea-opencl.h"')),
    ('core includes pipelines', 'check_layers', *make('core/bad.c', '  #  include  "persea-job.h"')),
    ('opencl includes json-glib', 'check_layers',
     *make('opencl/bad.c', '#include <json-glib/json-glib.h>')),
    ('pipelines includes libvips elsewhere', 'check_layers',
     *make('pipelines/bad.c', '#include <vips/vips.h>')),
    ('pipelines includes libvips by a detour', 'check_layers',
     *make('pipelines/bad.c', '#include "persea-image-vips-private.h"')),
    ('pipelines includes OpenCL', 'check_layers', *make('pipelines/bad.c', '#include <CL/cl.h>')),
    ('pipelines sees inside opencl', 'check_layers',
     *make('pipelines/bad.c', '#include "persea-cl-queue.h"')),
    ('plugin includes pipelines', 'check_layers', *make('plugin/bad.c', '#include "persea-job.h"')),
    ('core speaks D-Bus', 'check_dbus',
     *make('core/bad.c', 'void f (GDBusConnection *connection);')),
    ('a private header elsewhere', 'check_private',
     *make('opencl/bad.c', '#include "persea-thing-private.h"')),
    ('config.h second', 'check_config', 'core/bad.c',
     c_file('core/bad.c').replace('#include "config.h"', '#include <string.h>\n#include "config.h"')),
    ('config.h in a header', 'check_config', *make('core/bad.h', '#include "config.h"')),
    ('no guard', 'check_guard', 'core/bad.h', c_file('core/bad.h').replace('#pragma once\n', '')),
    ('no title', 'check_title', 'core/bad.c', c_file('core/other.c')),
    ('no licence', 'check_title', 'core/bad.c', c_file('core/bad.c').replace('SPDX', 'spdx')),
    ('another licence', 'check_title', 'core/bad.c', c_file('core/bad.c').replace('LGPL-3.0', 'MIT')),
    ('a long file', 'check_size', *make('core/bad.c', *['int x;'] * 700)),
    ('a long kernel', 'check_size', *make('opencl/kernels/bad.cl', *['int x;'] * 260)),
    ('a long function', 'check_functions',
     *make('core/bad.c', 'void', 'f (void)', '{', *['  g ();'] * 71, '}')),
    ('core prints', 'check_printing', *make('core/bad.c', 'void f (void) { printf ("hello\\n"); }')),
    ('opencl exits', 'check_printing', *make('opencl/bad.c', 'void f (void) { exit(1); }')),
    ('unfinished', 'check_unfinished', *make('pipelines/bad.c', '/* TO' + 'DO: the rest */')),
    ('a tab', 'check_space', *make('core/bad.c', '\tint x;')),
    ('a trailing blank', 'check_space', *make('core/bad.c', 'int x; ')),
]


def lint(files):
    """runs the lint over a tree of @files: its exit status and {rule: [finding, …]}"""
    with tempfile.TemporaryDirectory() as tree:
        for path, text in files.items():
            os.makedirs(os.path.join(tree, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(tree, path), 'w', encoding='utf-8') as stream:
                stream.write(text)
        run = subprocess.run([sys.executable, LINT, tree], stdout=subprocess.PIPE, text=True, check=False)
    findings = {}
    for line in run.stdout.splitlines():
        point = re.match(r'(not )?ok \d+ (\w+):', line)
        if point:
            rule = point.group(2)
        elif line.startswith('# '):
            findings.setdefault(rule, []).append(line[2:])
    return run.returncode, findings


def main():
    print(f'1..{1 + len(PLANTED)}')
    status, findings = lint(CLEAN)
    well = status == 0 and not findings
    print(('ok' if well else 'not ok') + ' 1 a tree without a fault')
    if not well:
        print(f'# {findings}')
    for number, (what, rule, path, text) in enumerate(PLANTED, 2):
        files = dict(CLEAN)
        files.update([make('pipelines/persea-job.h'), (path, text)])
        status, findings = lint(files)
        found = status == 1 and list(findings) == [rule] and all(f.startswith(path) for f in findings[rule])
        print(('ok' if found else 'not ok') + f' {number} {what}')
        if not found:
            well = False
            print(f'# status {status}, expected {rule} to name {path}, found {findings}')
    return 0 if well else 1


if __name__ == '__main__':
    sys.exit(main())
