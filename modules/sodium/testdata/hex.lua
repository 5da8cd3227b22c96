--- bin2hex writes lower case
assert.eq(sodium.bin2hex('A\0\255'), '4100ff')
assert.eq(sodium.bin2hex(''), '')

--- hex2bin reads both cases
assert.eq(sodium.hex2bin('deadbeef'), '\222\173\190\239')
assert.eq(sodium.hex2bin('DeadBeEF'), '\222\173\190\239')
assert.eq(sodium.hex2bin(''), '')

--- all bytes come back
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all)
assert.eq(sodium.hex2bin(sodium.bin2hex(all)), all)
assert.eq(sodium.hex2bin(sodium.bin2hex(all):upper()), all)

--- hex2bin returns nothing for what is no hex
for _, s in ipairs{'0', 'abc', 'zz', 'ag', '0x41', '41 42', '41:42', ' 41', '41 ', '41\n', '4\0', '\0', '4-', '\195\164'} do
  assert.eq(select('#', sodium.hex2bin(s)), 0, s)
end

--- numbers count as their text
assert.eq(sodium.bin2hex(42), '3432')
assert.eq(sodium.bin2hex(1.5), '312e35')
assert.eq(sodium.bin2hex(1e15), '31652b3135')
assert.eq(sodium.hex2bin(42), 'B')
assert.eq(select('#', sodium.hex2bin(1.5)), 0)

--- large strings
local big = ('x'):rep(10 * 1024 * 1024)
assert(sodium.hex2bin(sodium.bin2hex(big)) == big)

--- randombytes has the size that was asked for, and never repeats
assert.eq(#sodium.randombytes(1), 1)
assert.eq(#sodium.randombytes(1048576), 1048576)
assert.eq(#sodium.randombytes('32'), 32)
assert(sodium.randombytes(32) ~= sodium.randombytes(32))
