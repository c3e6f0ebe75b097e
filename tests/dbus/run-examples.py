#!/usr/bin/env python3
# run-examples.py - the examples of docs/dbus.md, as they stand there
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: run-examples.py TREE PERSEAD MAKE-ARTIST
# On a bus of its own, which starts persead when the first example calls; with tiny models on the
# reference device.  Prints TAP.

import os
import re
import shutil
import subprocess
import sys
import tempfile

# What each example prints, among other things, in their order.
EXPECTED = (
    ('sh', ('interface org.persea.Persea1.Library {', 'Generate(', 'Vary(')),
    ('sh', ('(uint32 0, {', "'tags': <[(", 'holiday.png')),
    ('sh', ('(uint32 0, {', 'holiday.png')),
    ('sh', ('(uint32 0, {', "'groups': <", "'pictures': <uint32 ")),
    ('sh', ('"ranking" a(sdd) 3 ', 'a beach')),
    ('sh', ('s "done"', '"uri" s "file://')),
    ('python', ('finished: 0', 'missing.png', 'beach')),
    ('python', ('preview: ', 'armchair.png')),
    ('c', ('%  a beach', '%  a mountain')),
)
NEEDED = {'sh': ('gdbus', 'busctl'), 'python': (), 'c': ('cc', 'gdbus-codegen', 'pkg-config')}
BUS = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <servicedir>{0}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text)


def find_python():
    """An interpreter that has PyGObject: the distribution's, maybe, while another comes first."""
    for python in (sys.executable, '/usr/bin/python3'):
        try:
            if subprocess.run([python, '-c', 'from gi.repository import Gio'],
                              stderr=subprocess.DEVNULL).returncode == 0:
                return python
        except OSError:
            pass
    return None


def set_up(tree, persead, make_artist, folder):
    write(f'{folder}/bus.conf', BUS.format(f'{folder}/services'))
    write(f'{folder}/services/org.persea.Persea1.service',
          f'[D-BUS Service]\nName=org.persea.Persea1\nExec={persead}\n')
    write(f'{folder}/config/persea/persea.conf',
          f'[persea]\nmodel={tree}/tests/golden/clip/hf-quick\ndrawing-model={folder}/artist\n'
          'device=reference\n')
    write(f'{folder}/data/persea/vocabularies/default.txt', 'beach\nmountain\nbirthday\n')
    os.mkdir(f'{folder}/pictures')
    shutil.copy(f'{tree}/tests/golden/pixels/stripes-64x48.png', f'{folder}/pictures/holiday.png')
    subprocess.run([make_artist, f'{tree}/tests/pipelines', f'{folder}/artist'], check=True)
    environment = dict(os.environ, XDG_CONFIG_HOME=f'{folder}/config', XDG_DATA_HOME=f'{folder}/data',
                       XDG_CACHE_HOME=f'{folder}/cache', LC_ALL='C.UTF-8',
                       DBUS_SYSTEM_BUS_ADDRESS='unix:path=/nonexistent')
    daemon = subprocess.Popen(['dbus-daemon', f'--config-file={folder}/bus.conf', '--print-address',
                               '--nofork'], stdout=subprocess.PIPE, env=environment, text=True)
    environment['DBUS_SESSION_BUS_ADDRESS'] = daemon.stdout.readline().strip()
    return daemon, environment


def command_for(kind, text, tree, folder):
    if kind == 'sh':
        return ['sh', '-e', '-c', text]
    if kind == 'python':
        return [find_python(), '-c', text]
    write(f'{folder}/c/rank.c', text)
    build = (f'cd {folder}/c && gdbus-codegen --interface-prefix org.persea. --c-namespace Bus'
             f' --generate-c-code persea-bus {tree}/data/org.persea.Persea1.xml'
             ' && cc -o rank rank.c persea-bus.c $(pkg-config --cflags --libs gio-unix-2.0)')
    return ['sh', '-e', '-c', f'({build}); {folder}/c/rank holiday.png "a beach" "a mountain"']


def why_not(kind):
    missing = [name for name in NEEDED[kind] if shutil.which(name) is None]
    if kind == 'python' and find_python() is None:
        missing.append('PyGObject')
    return ', '.join(missing)


def run(kind, text, words, tree, folder, environment):
    """(nullable): what is wrong"""
    try:
        done = subprocess.run(command_for(kind, text, tree, folder), cwd=f'{folder}/pictures',
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120)
    except subprocess.TimeoutExpired as error:
        return f'does not end: {error.stdout}'
    lost = [word for word in words if word not in done.stdout]
    if done.returncode != 0 or lost:
        return f'status {done.returncode}, without {lost}:\n{done.stdout}'
    return None


def main():
    tree, persead, make_artist = map(os.path.abspath, sys.argv[1:4])
    with open(f'{tree}/docs/dbus.md', encoding='utf-8') as stream:
        examples = re.findall(r'^```(\w+)\n(.*?)^```', stream.read(), re.M | re.S)
    status = 0
    print(f'1..{len(EXPECTED) + 1}')
    if [kind for kind, _ in examples] != [kind for kind, _ in EXPECTED]:
        print('not ok 1 every example is known to this test')
        return 1
    print('ok 1 every example is known to this test')
    with tempfile.TemporaryDirectory(prefix='persea-examples-') as folder:
        daemon, environment = set_up(tree, persead, make_artist, folder)
        for number, ((kind, text), (_, words)) in enumerate(zip(examples, EXPECTED), 2):
            missing = why_not(kind)
            wrong = None if missing else run(kind, text, words, tree, folder, environment)
            if wrong:
                status = 1
                print(''.join(f'# {line}\n' for line in wrong.splitlines()), end='')
            print(f'{"not ok" if wrong else "ok"} {number} {kind}: {text.strip().splitlines()[0]}'
                  + (f' # SKIP there is no {missing}' if missing else ''), flush=True)
        daemon.terminate()
        daemon.wait()
        subprocess.run(['sleep', '1'], check=False)  # persead leaves when its bus does
    return status


sys.exit(main())
