#!/usr/bin/env python3
# make-dbus-reference.py - the reference of the bus interface, from its XML
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: make-dbus-reference.py INTERFACES.xml OUTPUT.md
# Each interface and each of its members has a comment before it, in the form that gdbus-codegen
# reads.  One that has none, or that leaves out an argument, is an error.

import re
import sys
import xml.etree.ElementTree as ET

ACCESS = {'read': 'read', 'write': 'write', 'readwrite': 'read and write'}


def fail(message):
    sys.exit(f'make-dbus-reference.py: {message}')


class Comment:
    """NAME:, lines "@argument: text" that go on indented, an empty line, and paragraphs."""

    def __init__(self, name, text):
        lines = [line.strip() for line in text.strip().splitlines()]
        if lines[0] != name + ':':
            fail(f'{name}: its comment begins with {lines[0]!r}')
        self.arguments = {}
        last = None
        rest = len(lines)
        for number, line in enumerate(lines[1:], 1):
            match = re.match(r'@([\w-]+): *(.*)', line)
            if match:
                last = match.group(1)
                self.arguments[last] = match.group(2)
            elif line and last:
                self.arguments[last] += ' ' + line
            else:
                rest = number
                break
        self.body = '\n'.join(lines[rest:]).strip()


def polish(text):
    """#org.persea.Persea1.Job::Items and Tag() as words of Markdown."""
    text = re.sub(r'#org\.persea\.Persea1([\w.]*)(::?)([\w-]+)', r'`\3` of `org.persea.Persea1\1`', text)
    text = re.sub(r'#(org\.persea\.Persea1(?:\.\w+)*)(\.\w+)\(\)', r'`\2()` of `\1`', text)
    text = re.sub(r'#(org\.persea\.[\w.]*\w)', r'`\1`', text)
    text = re.sub(r'(?<![`\w])@(\w+)', r'*\1*', text)
    return text


def describe_arguments(element, comment, name):
    arguments = element.findall('arg')
    missing = {a.get('name') for a in arguments} - set(comment.arguments)
    if missing:
        fail(f'{name}: nothing is said about {", ".join(sorted(missing))}')
    for argument in arguments:
        way = f', {argument.get("direction")}' if element.tag == 'method' else ''
        text = polish(comment.arguments[argument.get('name')])
        yield f'- *{argument.get("name")}* (`{argument.get("type")}`{way}): {text}'


def signature(element):
    def list_of(direction):
        return ', '.join(f'{a.get("type")} {a.get("name")}' for a in element.findall('arg')
                         if a.get('direction') in (direction, None))
    if element.tag == 'signal':
        return f'{element.get("name")} ({list_of(None)})'
    out = list_of('out')
    return f'{element.get("name")} ({list_of("in")})' + (f' → ({out})' if out else '')


def describe_member(element, comment):
    name = element.get('name')
    if element.tag == 'property':
        yield f'### Property {name}\n\n`{element.get("type")}`, {ACCESS[element.get("access")]}\n'
    else:
        yield f'### {element.tag.capitalize()} {name}\n\n    {signature(element)}\n'
        yield from describe_arguments(element, comment, name)
        if element.findall('arg'):
            yield ''
    yield polish(comment.body) + '\n'


def walk(node):
    """Interfaces and their members with the comments before them, in their order."""
    comment = None
    for child in node:
        if child.tag is ET.Comment:
            comment = child.text
        elif child.tag in ('interface', 'method', 'signal', 'property'):
            if comment is None:
                fail(f'{child.get("name")}: is not documented')
            yield child, Comment(child.get('name'), comment)
            comment = None


def main():
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    root = ET.parse(sys.argv[1], parser).getroot()
    # the first comment is about the file
    interfaces = [child for child in root]
    out = ['# Reference of the bus interface\n',
           'Made of `org.persea.Persea1.xml`. The idea and examples are in `dbus.md`.\n']
    holder = ET.Element('node')
    holder.extend(interfaces)
    for interface, comment in walk(holder):
        about = comment.arguments.get('short_description')
        out += [f'## {interface.get("name")}: {about}\n', polish(comment.body) + '\n']
        for member, member_comment in walk(interface):
            out += describe_member(member, member_comment)
    with open(sys.argv[2], 'w', encoding='utf-8') as stream:
        stream.write('\n'.join(out))


main()
