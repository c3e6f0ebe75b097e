#!/usr/bin/env python3
# check-translations.py - every text for users can be, and is, translated
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: check-translations.py TREE
# Compares the sources with po/POTFILES.in, and each po/LANGUAGE.po of po/LINGUAS with the texts
# that the sources have now.  Prints TAP; what gettext's own tools say is shown.

import os
import re
import subprocess
import sys
import tempfile

MARKED = re.compile(r'\b(_|N_|C_|NC_|ngettext|g_dngettext|Q_)\s*\(\s*"')
FOLDERS = ('core', 'opencl', 'pipelines', 'plugin', 'data')
# what xgettext makes of "%" G_GSIZE_FORMAT: it cannot look into macros (use %zu, PRId64)
CUT_OFF = re.compile(r'^(?:msgid |msgid_plural )?".*(?<!%)(?:%%)*%"$', re.M)
XGETTEXT = ['xgettext', '--from-code=UTF-8', '--add-comments=TRANSLATORS', '--keyword=_',
            '--keyword=N_', '--keyword=C_:1c,2', '--keyword=NC_:1c,2', '--keyword=g_dngettext:2,3',
            '--keyword=ngettext:1,2', '--keyword=Q_:1g']


def read_list(path):
    with open(path, encoding='utf-8') as stream:
        lines = [line.strip() for line in stream]
    return [line for line in lines if line and not line.startswith('#')]


def find_marked(tree):
    for top in FOLDERS:
        for folder, _, names in os.walk(os.path.join(tree, top)):
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith(('.c', '.h')):
                    with open(path, encoding='utf-8') as stream:
                        if MARKED.search(stream.read()):
                            yield os.path.relpath(path, tree)


def check_potfiles(tree, listed):
    marked = set(find_marked(tree))
    problems = [f'{path} has texts for users but is not in po/POTFILES.in'
                for path in sorted(marked - set(listed))]
    problems += [f'po/POTFILES.in names {path}, which is not there'
                 for path in listed if not os.path.exists(os.path.join(tree, path))]
    problems += [f'po/POTFILES.in names {path}, which has no text for users'
                 for path in listed
                 if path.endswith('.c') and path not in marked and os.path.exists(os.path.join(tree, path))]
    if listed != sorted(set(listed)):
        problems.append('po/POTFILES.in is not sorted')
    return problems


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, env=dict(os.environ, LC_ALL='C'), **options)


def check_texts(tree, listed, template):
    """makes @template"""
    sources = [path for path in listed if os.path.exists(os.path.join(tree, path))]
    result = run(*XGETTEXT, '-o', template, *sources, cwd=tree)
    if result.returncode != 0:
        return result.stdout.splitlines()
    with open(template, encoding='utf-8') as stream:
        return [f'a macro cuts this text off: {text}' for text in CUT_OFF.findall(stream.read())]


def check_language(tree, template, language):
    catalogue = os.path.join(tree, 'po', language + '.po')
    result = run('msgfmt', '--check', '--statistics', '-o', os.devnull, catalogue)
    problems = [] if result.returncode == 0 else result.stdout.splitlines()
    if 'untranslated' in result.stdout or 'fuzzy' in result.stdout:
        problems.append(result.stdout.strip())
    result = run('msgcmp', catalogue, template)
    if result.returncode != 0:
        problems += [line.replace(template, 'sources') for line in result.stdout.splitlines()]
    return problems


def main(tree):
    listed = read_list(os.path.join(tree, 'po', 'POTFILES.in'))
    languages = read_list(os.path.join(tree, 'po', 'LINGUAS'))
    points = [('POTFILES.in names every file with texts', check_potfiles(tree, listed))]
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, 'persea.pot')
        points.append(('texts can be translated whole', check_texts(tree, listed, template)))
        points += [(f'{language}.po is complete', check_language(tree, template, language))
                   for language in languages]
    print(f'1..{len(points)}')
    for number, (what, problems) in enumerate(points, 1):
        print(('not ok' if problems else 'ok') + f' {number} {what}')
        for problem in problems:
            print(f'# {problem}')
    return 1 if any(problems for _, problems in points) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
