---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---Hexadecimal text, random bytes, sealed boxes and signatures, compatible with libsodium.
sodium = {}

---Writes each byte as two lower-case hexadecimal digits.
---@param data string
---@return string hex
function sodium.bin2hex(data) end

---Reads hexadecimal digits of either case. Returns nothing if there is anything else, or half a
---byte.
---@param hex string
---@return string? data
function sodium.hex2bin(hex) end

---Returns that many unpredictable bytes, 1 to 1048576.
---@param size integer
---@return string data
function sodium.randombytes(size) end

---Makes a key pair for sealed boxes (X25519), 32 bytes each.
---@return string pk
---@return string sk
function sodium.crypto_box_keypair() end

---Encrypts message so that only the owner of pk can read it; the ciphertext is 48 bytes longer.
---Returns nothing if pk is a point of small order, for which there is no secret.
---@param message string
---@param pk string
---@return string? ciphertext
function sodium.crypto_box_seal(message, pk) end

---Decrypts what crypto_box_seal made. Returns nothing if the key is another one or the ciphertext
---was changed; raises if it has less than 48 bytes.
---@param ciphertext string
---@param pk string
---@param sk string
---@return string? message
function sodium.crypto_box_seal_open(ciphertext, pk, sk) end

---Makes a key pair for signatures (Ed25519). pk has 32 bytes, sk 64: a seed, then pk.
---@return string pk
---@return string sk
function sodium.crypto_sign_keypair() end

---Signs message; the signature has 64 bytes and is the same each time.
---@param message string
---@param sk string
---@return string signature
function sodium.crypto_sign_detached(message, sk) end

---Tells whether the owner of pk signed message. Returns nothing if the signature has not 64 bytes.
---@param signature string
---@param message string
---@param pk string
---@return boolean? ok
function sodium.crypto_sign_verify_detached(signature, message, pk) end

---Returns the public key that belongs to the secret key of a sealed box.
---@param sk string
---@return string pk
function sodium.crypto_scalarmult_base(sk) end
