"""A keyring in a file of the home folder, for tests: the real `keyring` command keeps and finds passwords in it."""

import json
import os

from keyring.backend import KeyringBackend

PATH = os.path.join(os.environ["HOME"], "keyring.json")


class FileKeyring(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return self._read().get(f"{username} at {service}")

    def set_password(self, service, username, password):
        entries = {**self._read(), f"{username} at {service}": password}
        with open(PATH, "w", encoding="utf-8") as file:
            json.dump(entries, file)

    def _read(self):
        if not os.path.exists(PATH):
            return {}
        with open(PATH, encoding="utf-8") as file:
            return json.load(file)
