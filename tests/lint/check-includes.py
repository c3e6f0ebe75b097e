#!/usr/bin/env python3
# check-includes.py - reads the sources for what a compiler does not refuse
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: check-includes.py [TREE]
# The layers (core <- opencl <- pipelines, plugin) hold only as long as nobody includes across
# them, so this reads the #include lines; besides, it looks after what every file has in common:
# title line, licence, config.h first, size, words that do not belong.  Prints TAP, one point a
# rule, with the offending lines; self-test: test-check-includes.py.

import os
import re
import sys

# What the C library and the kernel offer is open to everybody.
SYSTEM = re.compile(
    r'^(assert|complex|ctype|dirent|dlfcn|elf|endian|errno|fcntl|fenv|float|fnmatch|ftw|glob|grp|immintrin|cpuid'
    r'|inttypes|limits|link|locale|malloc|math|poll|pthread|sched|search|setjmp|signal|spawn|stdalign|stdarg'
    r'|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|syslog|termios|tgmath|time'
    r'|unistd|wchar|wctype|libintl|langinfo)\.h$'
    r'|^(sys|linux|asm)/[a-z_-]+\.h$')

# For each folder: which library headers, whose headers of ours.  A folder that is not here (tests)
# may include everything.
LAYERS = {
    'core': {
        'libraries': r'glib|glib/gstdio|glib/gi18n-lib|gio/gio|gio/g[a-z]*unix[a-z]*|glib-object'
                     r'|gmodule|json-glib/json-glib|zip',
        'ours': {'core'},
    },
    'opencl': {
        'libraries': r'glib|glib/gstdio|glib/gi18n-lib|gio/gio|glib-object|CL/[a-z_]+',
        'ours': {'core', 'opencl'},
    },
    'pipelines': {
        'libraries': r'glib|glib/gstdio|glib/gi18n|glib-unix|glib-object|gio/g[a-z]+'
                     r'|json-glib/json-glib|sqlite3|gexiv2/gexiv2',
        'ours': {'core', 'opencl', 'pipelines'},
    },
    'plugin': {
        'libraries': r'glib|glib/gstdio|glib/gi18n(-lib)?|glib-object|gio/gio|gegl|gegl-[a-z-]+'
                     r'|libgimp/[a-z-]+|babl/babl|gtk/gtk|gdk-pixbuf/gdk-pixbuf|gexiv2/gexiv2',
        'ours': {'core', 'opencl', 'plugin'},
    },
    'data': {
        'libraries': r'glib|glib/gstdio|gio/gio|cairo|json-glib/json-glib',
        'ours': {'core', 'data'},
    },
}

# D-Bus comes with <gio/gio.h>, so its names are looked for in the text.
DBUS = re.compile(r'\b(g_dbus_|g_bus_|GDBus)\w*')
# Includes that only some files may make: what, and the pattern of their paths.
ONLY_IN = {r'^vips/|^persea-image-vips-private': r'pipelines/persea-image-[a-z-]+\.[ch]',
           r'^seccomp\.h': r'pipelines/persea-sandbox-seccomp\.c'}
# Of opencl, others see one header.
OPENCL_PUBLIC = 'persea-opencl.h'

PRINTING = re.compile(
    r'(?<![\w.>])(printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror|exit|_exit|abort'
    r'|g_print|g_printerr|g_error|g_message)\s*\(')
UNFINISHED = re.compile(r'\b(TODO|FIXME|XXX)\b')

# Where splitting cannot wait any longer; the aim is 600, 200 and 60.
MAX_LINES = {'.c': 700, '.h': 700, '.cl': 260, '.clh': 260}
MAX_FUNCTION = 70
TITLED = ('.c', '.h', '.cl', '.clh', '.py', '.sh')
CHECKED = TITLED + ('.build',)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Source:
    """One file: its path below the tree, its lines, and its text without comments and strings"""

    def __init__(self, tree, path):
        self.path = path
        self.folder = path.split('/')[0] if '/' in path else ''
        self.name = os.path.basename(path)
        self.suffix = os.path.splitext(path)[1]
        with open(os.path.join(tree, path), encoding='utf-8') as stream:
            self.lines = stream.read().split('\n')
        if self.lines and self.lines[-1] == '':
            self.lines.pop()

    def includes(self):
        """yields (line number, '<' or '"', header)"""
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1), match.group(2)

    def code(self):
        """yields (line number, line) with comments and string literals blanked out"""
        text = '\n'.join(self.lines)
        pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
        blank = pattern.sub(lambda m: '""' if m.group()[0] in '"\'' else re.sub(r'[^\n]', ' ', m.group()),
                            text)
        return enumerate(blank.split('\n'), 1)


def find_sources(tree):
    sources = []
    for folder, folders, names in os.walk(tree):
        folders[:] = sorted(f for f in folders if not f.startswith(('.', 'build', '__')))
        if os.path.exists(os.path.join(folder, 'meson-private')):
            folders[:] = []
            continue
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), tree)
            if name.endswith(CHECKED):
                sources.append(Source(tree, path))
    return sources


def is_c(source):
    return source.suffix in ('.c', '.h')


def check_layers(sources):
    """each folder includes what its layer may see"""
    where = {}
    for source in sources:
        if source.suffix == '.h':
            where.setdefault(source.name, []).append(source)
    for source in sources:
        layer = LAYERS.get(source.folder)
        if layer is None or not is_c(source):
            continue
        for number, kind, header in source.includes():
            at = f'{source.path}:{number}'
            exclusive = [f for p, f in ONLY_IN.items() if re.match(p, header)]
            if exclusive and not re.fullmatch(exclusive[0], source.path):
                yield f'{at}: only {exclusive[0]} may include {header}'
                continue
            if kind == '<':
                if (not exclusive and not SYSTEM.match(header)
                    and not re.fullmatch(f'({layer["libraries"]})\\.h', header)):
                    yield f'{at}: {source.folder} may not include <{header}>'
                continue
            owners = where.get(os.path.basename(header), [])
            if owners and not any(o.folder in layer['ours'] for o in owners):
                yield f'{at}: {source.folder} may not include "{header}" of {owners[0].folder}'
            elif (owners and source.folder != 'opencl' and owners[0].folder == 'opencl'
                  and os.path.basename(header) != OPENCL_PUBLIC):
                yield f'{at}: of opencl, others include {OPENCL_PUBLIC} only'


def check_dbus(sources):
    """core and opencl know nothing of D-Bus"""
    for source in sources:
        if source.folder in ('core', 'opencl') and is_c(source):
            for number, line in source.code():
                match = DBUS.search(line)
                if match:
                    yield f'{source.path}:{number}: {match.group()} in {source.folder}'


def check_private(sources):
    """headers named -private.h stay in their folder (tests may include them)"""
    folders = {s.name: os.path.dirname(s.path) for s in sources if s.name.endswith('-private.h')}
    for source in sources:
        if source.folder == 'tests' or not is_c(source):
            continue
        for number, _, header in source.includes():
            name = os.path.basename(header)
            if name in folders and folders[name] != os.path.dirname(source.path):
                yield f'{source.path}:{number}: {name} is private to {folders[name]}'


def check_config(sources):
    """every .c file includes config.h first, no header includes it"""
    for source in sources:
        first = next(source.includes(), None) if is_c(source) else None
        if source.suffix == '.c' and first is not None and first[1:] != ('"', 'config.h'):
            yield f'{source.path}:{first[0]}: config.h is to be included first'
        if source.suffix == '.h':
            for number, _, header in source.includes():
                if header == 'config.h':
                    yield f'{source.path}:{number}: a header includes config.h'


def check_guard(sources):
    """every header begins with #pragma once, but for properties, which GEGL reads several times"""
    for source in sources:
        if (source.suffix == '.h' and '#pragma once' not in source.lines
                and '#ifdef GEGL_PROPERTIES' not in source.lines):
            yield f'{source.path}:1: no #pragma once'


def check_title(sources):
    """every file begins with its name and what it is, then the SPDX lines"""
    for source in sources:
        if source.suffix not in TITLED or not source.lines:
            continue
        start = 1 if source.lines[0].startswith('#!') else 0
        title = source.lines[start] if len(source.lines) > start else ''
        if not re.match(r'^(/\*|#|//) ' + re.escape(source.name) + r' - \S', title):
            yield f'{source.path}:{start + 1}: the title line "{source.name} - …" is missing'
        head = '\n'.join(source.lines[:12])
        if 'SPDX-FileCopyrightText: ' not in head:
            yield f'{source.path}:1: SPDX-FileCopyrightText is missing'
        if 'SPDX-License-Identifier: LGPL-3.0-or-later' not in head:
            yield f'{source.path}:1: SPDX-License-Identifier is missing, or another licence'


def check_size(sources):
    """no file has outgrown one idea"""
    for source in sources:
        limit = MAX_LINES.get(source.suffix)
        if limit is not None and len(source.lines) > limit:
            yield f'{source.path}: {len(source.lines)} lines, at most {limit}'


def check_functions(sources):
    """no function has outgrown a screen (tests excepted)"""
    for source in sources:
        start = None
        for number, line in enumerate(source.lines, 1):
            if source.suffix != '.c' or source.folder == 'tests':
                break
            if line == '{':
                start = number
            elif line == '}' and start is not None:
                if number - start - 1 > MAX_FUNCTION:
                    yield f'{source.path}:{start}: {number - start - 1} lines, at most {MAX_FUNCTION}'
                start = None


def check_printing(sources):
    """core and opencl never print and never exit"""
    for source in sources:
        if source.folder in ('core', 'opencl') and is_c(source):
            for number, line in source.code():
                match = PRINTING.search(line)
                if match:
                    yield f'{source.path}:{number}: {match.group(1)} in {source.folder}'


def check_unfinished(sources):
    """no unfinished words (scripts excepted: TAP has a directive of that name)"""
    for source in sources:
        if source.suffix == '.py':
            continue
        for number, line in enumerate(source.lines, 1):
            match = UNFINISHED.search(line)
            if match:
                yield f'{source.path}:{number}: {match.group()}'


def check_space(sources):
    """no tabs, no blanks at the end of a line, a newline at the end"""
    for source in sources:
        for number, line in enumerate(source.lines, 1):
            if '\t' in line:
                yield f'{source.path}:{number}: a tab'
            if line != line.rstrip():
                yield f'{source.path}:{number}: blanks at the end of the line'


RULES = [check_layers, check_dbus, check_private, check_config, check_guard, check_title,
         check_size, check_functions, check_printing, check_unfinished, check_space]


def main(tree):
    sources = find_sources(tree)
    failed = False
    print(f'1..{len(RULES)}')
    for number, rule in enumerate(RULES, 1):
        findings = list(rule(sources))
        failed = failed or bool(findings)
        verdict = 'not ok' if findings else 'ok'
        print(f'{verdict} {number} {rule.__name__}: {rule.__doc__}')
        for finding in findings:
            print(f'# {finding}')
    return 1 if failed else 0


if __name__ == '__main__':
    here = os.path.dirname(os.path.abspath(__file__))
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, '..', '..')))
