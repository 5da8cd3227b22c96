local function unhex(s) return (s:gsub('%x%x', function(h) return string.char(tonumber(h, 16)) end)) end
local pk = unhex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
local sk = unhex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60') .. pk

--- tokens as the C++ daemon makes them
assert.eq(jwt.sign(sk, {}, {iss = 'joe', exp = 1300819380}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJleHAiOjEzMDA4MTkzODAsImlzcyI6ImpvZSJ9.2WNGG5vcLXE6EvSXmBzxpDzh4ekm7ZsJ9z8aheYAE3ioesDmOgNlIzlR6o_qZ53fh_AKdOiIp0gD_9OpsxT7AA')
assert.eq(jwt.sign(sk, {kid = 'foo'}, {iss = 'joe', exp = 1300819380}),
  'eyJhbGciOiJFZERTQSIsImtpZCI6ImZvbyIsInR5cCI6IkpXVCJ9.eyJleHAiOjEzMDA4MTkzODAsImlzcyI6ImpvZSJ9.6Q0-vLrfkPnwbXO8_CQty34HFU-rxXeJn0t59mYI0aLjXT_QBbZGYGhlisa9vOWcFDwVJTIiozAqRNCaXRh1BA')
assert.eq(jwt.sign(sk, {kid = 'foo', cty = 'x', b64 = 1, zip = 'z', Alg = 'a', ['alg2'] = 'b'}, {sub = 's'}),
  'eyJBbGciOiJhIiwiYWxnIjoiRWREU0EiLCJhbGcyIjoiYiIsImI2NCI6MSwiY3R5IjoieCIsImtpZCI6ImZvbyIsInR5cCI6IkpXVCIsInppcCI6InoifQ.eyJzdWIiOiJzIn0.4KeIJ0bNCEuqlu1NthG5D7IlG6D7qOju7Z2Wl4D56Tg-nAvNXlmPnE97Pp3Pp5pKl2rXn7SboJyBh4_NSpJXCQ')
assert.eq(jwt.sign(sk, {}, {z = 1, a = 2, M = 3, _ = 4, ['1'] = 5, ['10'] = 6, ['9'] = 7}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyIxIjo1LCIxMCI6NiwiOSI6NywiTSI6MywiXyI6NCwiYSI6MiwieiI6MX0.19nAgBibBW5DxjH6Uzqmbq6rx-47L_xNvnNfhpajz2_p1YBR-pIKi2oORj76w4at4Bo1xZgNrzSo82UcEdg3BQ')
assert.eq(jwt.sign(sk, {}, {text = 'gr\195\188n "quoted" \\ / \n\t', empty = ''}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJlbXB0eSI6IiIsInRleHQiOiJncsO8biBcInF1b3RlZFwiIFxcIC8gXG5cdCJ9.RP3B35rRYtqR4cFyjKDYQz4R0aqfKO1gVqzJZDq5noeF9dj0DLiqZX7pfPu-k2g3Lcm_1rA4uoUhns8Z2adbCA')
assert.eq(jwt.sign(sk, {}, {nested = {a = {b = 'c'}}, n = -5, big = 2^53}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJiaWciOjkwMDcxOTkyNTQ3NDA5OTIsIm4iOi01LCJuZXN0ZWQiOnsiYSI6eyJiIjoiYyJ9fX0.irY_Ug2vcp6ii2yNhRpr-A5kglLTSgvCCRXjFE5EIS-BFh6gVVkG4ZxWi0NTi_X_GhlvRC_OG_UhTtuNuggrCg')
assert.eq(jwt.sign(sk, {}, {}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.e30.pPucOiTgMQaW3wcLKFEJb5FfZ---7AgQpSJbcaiZGT__ECxe_pMKyuhd0NxaWDsREK7qfY3Uo6eSt5RRx9nVDg')
assert.eq(jwt.sign(sk, {}, {p = ('?'):rep(0) .. '\127>'}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJwIjoifz4ifQ.YS44oSRHq1zsQRUnrv3PLarr9UN4qtgx4tHS7E4KPU1mROyOEk30Ltdrgp782Jjjoa1TJuUqgdjKZT2f9uIgCw')
assert.eq(jwt.sign(sk, {}, {p = ('?'):rep(1) .. '\127>'}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJwIjoiP38-In0.ubie6VZM5Q-M0ZX-xqY0tOCUrNRVh0DzKHElpFxPthLyuogKAC5MuaAy6UaRDslOBI8ZaYYkgJU8qyT0nIgQDg')
assert.eq(jwt.sign(sk, {}, {p = ('?'):rep(2) .. '\127>'}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJwIjoiPz9_PiJ9.fb5vxjhbDSqywu4CAglk3ZOzuX16IPHBfzoSOYfkMiCx-L1yYyFSRNIKjdowou-iy5jQVTWMn2GsgDuSOd9YCg')
assert.eq(jwt.sign(sk, {}, {p = ('?'):rep(3) .. '\127>'}),
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJwIjoiPz8_fz4ifQ.XTl1VeJa_Fv9iNe3KXvKZME_VPzYO2v9WmjBvzmiDMG-x03m50Fn__GzGxnD57u-Q4V-2ieCUKF54TK9S-ikAQ')

--- booleans, fractions and arrays
local function payload(t) return (jwt.verify(pk, jwt.sign(sk, {}, t))) end
assert.eq(payload{a = true, b = false, x = 1.5, aud = {'one', 'two'}}, {a = true, b = false, x = 1.5, aud = {'one', 'two'}})

--- alg and typ cannot be chosen, and the header is not changed
local header = {alg = 'none', typ = 'x', kid = 'k'}
local token = jwt.sign(sk, header, {})
assert.eq(header, {alg = 'none', typ = 'x', kid = 'k'})
assert.eq(select(2, jwt.verify(pk, token)), {alg = 'EdDSA', typ = 'JWT', kid = 'k'})

--- what JSON cannot express raises and says where
jwt.sign(sk, {}, {list = {1, print}}) --> error: bad argument #3 to 'jwt.sign' (cannot encode function to JSON at .list[2])

--- the header, too
jwt.sign(sk, {kid = '\255'}, {}) --> error: bad argument #2 to 'jwt.sign' (string with invalid UTF-8 at byte 1 at .kid)

--- an array is no payload
jwt.sign(sk, {}, {1, 2}) --> error: bad argument #3 to 'jwt.sign' (object expected, got an array)

--- an array is no header
jwt.sign(sk, {1, 2}, {}) --> error: bad argument #2 to 'jwt.sign' (key "

--- a token that is too large
jwt.sign(sk, {}, {data = ('x'):rep(1024 * 1024)}) --> error: jwt.sign: token of more than 1048576 bytes
