# SPDX-License-Identifier: MIT
"""What is sent, made before the clock runs: signed HTTP requests, and the same admissions as script calls to Redis."""
import hashlib
import hmac
import os
import re
import struct
import sys
import time
import urllib.parse
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../queue'))
from resp import Resp  # noqa: E402

VERSION = '2020-09-07'
FORM = 'application/x-www-form-urlencoded'
FIRST_ACCOUNT = 100000000000000
ENTRY_KEYS, ENTRY_ARGS, COUNT_AT = 3, 6, 7  # of src/queue/scripts/admit.lua: of each entry; which argument counts the entries


def account_of(number):
    return str(FIRST_ACCOUNT + number)


def secret_of(account):
    return 'secret of ' + account


def signed(host, action, account, parameters):
    """One request as the vendor's clients send it, signed with ACS3-HMAC-SHA256: Generate in a form, Get in the query."""
    pairs = '&'.join('%s=%s' % (n, urllib.parse.quote(v, safe='-_.~')) for n, v in sorted(parameters.items()))
    is_get = action.startswith('Get')
    query, body = (pairs, '') if is_get else ('', pairs)
    headers = {
        'host': host, 'x-acs-action': action, 'x-acs-version': VERSION, 'x-acs-signature-nonce': uuid.uuid4().hex,
        'x-acs-date': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()), 'x-acs-content-sha256': hashlib.sha256(body.encode()).hexdigest(),
        'x-acs-credentials-provider': 'static_ak'}
    if body:
        headers['content-type'] = FORM
    names = sorted(headers)
    request = '\n'.join(['GET' if is_get else 'POST', '/', query, ''.join('%s:%s\n' % (n, headers[n]) for n in names), ';'.join(names),
                         headers['x-acs-content-sha256']])
    text = 'ACS3-HMAC-SHA256\n' + hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.new(secret_of(account).encode(), text.encode(), hashlib.sha256).hexdigest()
    headers['user-agent'] = 'AlibabaCloud (linux; x64) Node.js/v20.0.0 Core/1.0.1 TeaDSL/1'
    headers['accept'] = 'application/json'
    headers['authorization'] = 'ACS3-HMAC-SHA256 Credential=key-%s,SignedHeaders=%s,Signature=%s' % (account, ';'.join(names), signature)
    if body:
        headers['content-length'] = str(len(body))
    line = 'GET /?%s HTTP/1.1' % query if is_get else 'POST / HTTP/1.1'
    return ('\r\n'.join([line] + ['%s: %s' % h for h in headers.items()]) + '\r\n\r\n' + body).encode()


def generate(host, account, pack):
    return signed(host, 'GenerateCompliancePackReport', account, {'CompliancePackId': pack, 'ClientToken': uuid.uuid4().hex})


def get(host, account, pack):
    return signed(host, 'GetCompliancePackReport', account, {'CompliancePackId': pack})


def plain(host, path):
    return ('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (path, host)).encode()


def write(path, frames):
    """`frames`: bytes of one operation with one reply, or (bytes, replies, operations)."""
    with open(path, 'wb') as f:
        for frame in frames:
            data, replies, operations = frame if isinstance(frame, tuple) else (frame, 1, 1)
            f.write(struct.pack('<III', len(data), replies, operations) + data)


class Watched:
    """The script call by which the daemon admitted one request, as MONITOR showed it: what a bare client sends, too."""

    def __init__(self, monitor_line):
        words = [w.encode('latin1').decode('unicode_escape') for w in re.findall(r'"((?:[^"\\]|\\.)*)"', monitor_line)]
        keys = int(words[2])
        self.sha = words[1]
        self.fixed, own = words[3:3 + keys - ENTRY_KEYS], words[3 + keys - ENTRY_KEYS:3 + keys]
        self.settings, entry = words[3 + keys:-ENTRY_ARGS], words[-ENTRY_ARGS:]
        account, pack, request_id, _, _, token = entry[2].split('|')
        if entry[1] != 'ask' or not own[0].endswith(request_id) or not own[2].endswith(token) or self.settings[COUNT_AT] != '1':
            raise RuntimeError('admit.lua takes something else than it did; frames.py has to be told: ' + monitor_line)
        self.keys, self.entry = own, entry
        self.old = {'account': account, 'pack': pack, 'request': request_id, 'report': entry[4], 'token': token, 'fingerprint': entry[3]}

    def changed(self, text, new):
        for name, old in self.old.items():
            text = text.replace(old, new[name]) if old else text
        return text

    def call(self, pairs):
        """One script call that admits a new request for each (account, pack)."""
        keys, entries = list(self.fixed), []
        for account, pack in pairs:
            digest = hashlib.sha256(uuid.uuid4().bytes).hexdigest()
            fingerprint = hashlib.sha256(('%s\n%s\n\n' % (account, pack)).encode()).hexdigest()
            new = {'account': account, 'pack': pack, 'request': str(uuid.uuid4()).upper(), 'report': 'rp-' + uuid.uuid4().hex[:20],
                   'token': digest, 'fingerprint': fingerprint}
            keys += [self.changed(k, new) for k in self.keys]
            entries += [self.changed(a, new) for a in self.entry]
        settings = list(self.settings)
        settings[COUNT_AT] = str(len(pairs))
        return Resp.pack('EVALSHA', self.sha, len(keys), *keys, *settings, *entries), 1, len(pairs)

    def nonce(self, account):
        """What a bare client does of the other call for a request (visit.lua): its nonce, used once."""
        key = self.fixed[0][:-len('requests')] + 'nonce:%s:%s' % (account, hashlib.sha256(uuid.uuid4().bytes).hexdigest())
        return Resp.pack('SET', key, '1', 'NX', 'PX', 31 * 60 * 1000)
