#!/bin/sh
# test-scripts.sh - the scripts for file managers, with programs that only note how they are called
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: test-scripts.sh FOLDER-OF-SCRIPTS.  Prints TAP.
set -u
scripts=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
PATH=$folder/bin:/usr/bin:/bin
XDG_RUNTIME_DIR=$folder
export PATH XDG_RUNTIME_DIR folder
number=0

# stub NAME SCRIPT: a program that notes its arguments, one in brackets, and does SCRIPT
stub ()
{
  { echo '#!/bin/sh'; echo 'for a in "$0" "$@"; do printf "[%s]" "${a##*/bin/}"; done >> "$folder/calls"; echo >> "$folder/calls"'
    echo "$2"; } > "$folder/bin/$1"
  chmod +x "$folder/bin/$1"
}

# check WHAT: whether the calls are those on standard input, "*" standing for anything
check ()
{
  number=$((number + 1))
  expected=$(cat)
  calls=$(sed 's/persea-found-......\.png/FOUND/; s,'"$folder"'/,,' "$folder/calls" 2>/dev/null)
  if [ "$calls" = "$expected" ]; then echo "ok $number $1"; else
    echo "not ok $number $1"
    printf '%s\n' "expected:" "$expected" "called:" "$calls" | sed 's/^/# /'
  fi
  rm -f "$folder/calls"
}

echo 1..5
stub zenity 'case $1 in --entry) echo "a dog";; esac'
stub xdg-open ''
stub gettext 'exit 1'
stub persea 'for a in "$@"; do case $a in --sheet=*) echo page > "${a#--sheet=}";; esac; done'

"$scripts/persea-find-pictures" "a b.png"
check 'pictures like a picture' <<END
[persea][search][--sheet=FOUND][--][a b.png]
[xdg-open][FOUND]
END
"$scripts/persea-find-pictures"
check 'pictures for words' <<END
[gettext][-d][persea][--][say in words what to look for, or name a picture]
[zenity][--entry][--title=Persea][--text=say in words what to look for, or name a picture]
[persea][search][--sheet=FOUND][--][a dog]
[xdg-open][FOUND]
END
"$scripts/persea-add-tags" a.png -r
check 'tags' <<END
[persea][tag][--recursive][--write=sidecar][--][a.png][-r]
[zenity][--info][--title=Persea][--no-markup][--text=]
END
stub persea 'echo "no model" >&2; exit 3'
"$scripts/persea-find-pictures" a.png
check 'an error is shown' <<END
[persea][search][--sheet=FOUND][--][a.png]
[zenity][--info][--title=Persea][--no-markup][--text=no model]
END
"$scripts/persea-add-tags" a.png
[ $? -eq 3 ] || echo nothing > "$folder/calls"
check 'and so is one of tagging' <<END
[persea][tag][--recursive][--write=sidecar][--][a.png]
[zenity][--info][--title=Persea][--no-markup][--text=no model]
END
