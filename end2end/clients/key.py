"""Makes a key as a person does, by the forms of the page, and prints it.

    PASSWORD=… python key.py http://127.0.0.1:3000 name
"""

import os
import re
import sys
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

PASSWORD = os.environ["PASSWORD"]


def main(url, name):
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar()), urllib.request.ProxyHandler({})
    )

    def post(path, **form):
        form = urllib.parse.urlencode(form).encode()
        return browser.open(url + path, form, timeout=30).read().decode()

    post("/login", name=name, password=PASSWORD)
    page = post("/account", do="make_key", name="clients", chat="yes", password=PASSWORD)
    found = re.search(r"<code>(brooklet_[\w-]+)</code>", page)
    assert found, page
    print(found[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
