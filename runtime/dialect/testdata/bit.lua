-- The bit library: 32 bits, signed results.
results(bit.tobit(0xffffffff), bit.tobit(2^32), bit.tobit(2^31), bit.tobit(1.5), bit.tobit(-1)){-1, 0, -2147483648, 2, -1}
results(bit.band(0xff, 0x0f), bit.bor(1, 2, 4), bit.bxor(0xff, 0x0f), bit.bnot(0), bit.band(0xf0, 0xff, 0x30)){15, 7, 240, -1, 48}
results(bit.lshift(1, 4), bit.rshift(256, 4), bit.arshift(-256, 4), bit.lshift(1, 31), bit.rshift(-1, 28), bit.lshift(1, 32)){16, 16, -16, -2147483648, 15, 1}
results(bit.rol(0x12345678, 8), bit.ror(0x12345678, 8), bit.bswap(0x12345678)){878082066, 2014458966, 2018915346}
results(bit.tohex(255), bit.tohex(255, 4), bit.tohex(0xdeadbeef), bit.tohex(0xdeadbeef, -8), bit.tohex(-1), bit.tohex(1, 2)){'000000ff', '00ff', 'deadbeef', 'DEADBEEF', 'ffffffff', '01'}
results(bit.tohex(255, 0), bit.tohex(255, 100), bit.tohex(255, -2)){'', '000000ff', 'FF'}
results(bit.band('0xff', '15'), bit.bor(2^40 + 1, 0), bit.tobit(1/0), bit.tobit(0/0), bit.tobit(2^63), bit.tobit(0.5), bit.tobit(-2.5)){15, 1, 0, 0, 0, 0, -2}
eq(bit.band(5), 5) eq(bit.arshift(2^31, 31), -1)
fails('number expected, got no value', bit.band) fails('number expected, got nil', bit.band, nil) fails('number expected, got table', bit.bnot, {}) fails('number expected, got string', bit.bnot, 'x')
local names = {} for k in pairs(bit) do names[#names + 1] = k end table.sort(names)
eq(table.concat(names, ' '), 'arshift band bnot bor bswap bxor lshift rol ror rshift tobit tohex') eq(require 'bit', bit)
