-- IPv4 (default port)
c = control_client:new('224.0.0.42')

-- IPv6 on default port
c = control_client:new('ff02::dead:beef')

-- IPv6 on non-default port (requires square brackets)
c = control_client:new('[ff02::dead:beef]:1234')

-- local socket
c = control_client:new('/run/cm4all/workshop/control')

-- abstract socket
c = control_client:new('@bp-control')

bin = sodium.hex2bin("deadbeef") -- returns "\xde\xad\xbe\ef"
hex = sodium.bin2hex("A\0\xff") -- returns "4100ff"

key = sodium.randombytes(32)

pk, sk = sodium.crypto_box_keypair()
ciphertext = sodium.crypto_box_seal('hello world', pk)
message = sodium.crypto_box_seal_open(ciphertext, pk, sk)

pk = sodium.crypto_scalarmult_base(sk)

pk, sk = sodium.crypto_sign_keypair()
m = 'hello world'
sig = sodium.crypto_sign_detached(m, sk)
valid = sodium.crypto_sign_verify_detached(sig, m, pk)

header = {kid='foo'}
payload = {iss="joe",exp=1300819380}
token = jwt.sign(sk, header, payload)

tcp = socket:connect('localhost:1234')
udp = socket:connect('localhost:4321', {type='dgram'})
multicast = socket:connect('[ff02::dead:beef]:2345', {type='dgram'})
unix = socket:connect('/run/test.socket')
abstract = socket:connect('@test', {type='seqpacket'})
abstract:send('hello world')

log_server = log_resolve('pond.example')

qmqp_listen('/run/cm4all/qrelay/qrelay.sock', function(m)
  c = control_client:new('127.0.0.1')
  c:send(c:build():fade_children('foo'):flush_http_cache('bar'))
  print(json.dump{x=42, y="z"})
  print(inspect(json.parse('{"x":42,"y":"z"}')))
  print(hex, message, valid, #token > 0, #key)
  return m:discard()
end)
