#!/usr/bin/env python3
"""Documents say what is there: links lead to files, and the verbs and options that they show are known to the program.

check_documents.py ROOT PENUMBRA_CLI; exit code 1 with one line for each fault.
"""
import pathlib
import re
import shlex
import subprocess
import sys

root, cli = pathlib.Path(sys.argv[1]), sys.argv[2]
faults = []
helps = {}


def help_of(verb):
    if verb not in helps:
        answer = subprocess.run([cli, verb, "--help"], capture_output=True, text=True, check=False)
        helps[verb] = answer.stdout if answer.returncode == 0 else None
    return helps[verb]


def check_links(path, text):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            faults.append(f"{path.relative_to(root)}: a link leads to {target}, which is not there")


def check_commands(path, text):
    for block in re.findall(r"```sh\n(.*?)```", text, re.S):
        for command in re.findall(r"(?:\$cli|penumbra-cli) ([^#\n&|]*)", block.replace("\\\n", " ")):
            words = shlex.split(command)
            if not words or words[0].startswith("-") or words[0].isupper():
                continue
            shown = help_of(words[0])
            if shown is None:
                faults.append(f"{path.relative_to(root)}: there is no verb '{words[0]}'")
                continue
            for option in (w.split("=")[0] for w in words[1:] if re.match(r"--?[a-z]", w)):
                if not re.search(re.escape(option) + r"(?![\w-])", shown):
                    faults.append(f"{path.relative_to(root)}: '{words[0]}' has no option {option}")


listed = subprocess.run(["git", "-C", str(root), "ls-files", "*.md"], capture_output=True, text=True, check=True)
documents = [root / line for line in listed.stdout.splitlines()]
for document in documents:
    content = document.read_text(encoding="utf-8")
    check_links(document, content)
    check_commands(document, content)
for fault in faults:
    print(fault)
print(f"{len(documents)} documents, {len(helps)} verbs shown, {len(faults)} faults")
sys.exit(1 if faults else 0)
