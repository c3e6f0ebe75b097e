#!/bin/bash
# test-completions.sh - what bash offers after persea
#
# SPDX-FileCopyrightText: the Persea authors
# SPDX-License-Identifier: LGPL-3.0-or-later
#
# usage: test-completions.sh COMPLETIONS PERSEA MODELS.  Prints TAP.
PATH=$(dirname "$2"):$PATH
PERSEA_MODEL_PATH=$3
export PATH PERSEA_MODEL_PATH
. "$1"
compopt () { :; } # there is no line that is edited
number=0

# check EXPECTED WORD…: whether EXPECTED is offered for the last WORD, alone if it begins with "="
check ()
{
  local expected=$1
  shift
  number=$((number + 1))
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _persea
  if [ "=${COMPREPLY[*]}" = "$expected" ] || [[ " ${COMPREPLY[*]} " == *" $expected "* ]]; then
    echo "ok $number $*"
  else
    echo "not ok $number $*"
    echo "# expected $expected, found ${COMPREPLY[*]}"
  fi
}

echo 1..10
check =search persea se
check watch persea ''
check --write persea tag --wr
check '=none sidecar embed xattr' persea tag --write ''
check orchard-clip persea tag --model ''
check '=list add remove pause resume' persea watch ''
check =check persea models ch
check orchard-clip persea models show ''
check '=tokens' persea inspect to
check '=list clear' persea cache ''
