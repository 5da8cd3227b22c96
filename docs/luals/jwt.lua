---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---JSON Web Tokens signed with Ed25519.
jwt = {}

---Makes a signed token of two tables. alg and typ of the header are set to EdDSA and JWT. Raises
---if JSON cannot express a value.
---@param sk string
---@param header table
---@param payload table
---@return string token
function jwt.sign(sk, header, payload) end

---Checks algorithm, signature, exp and nbf of a token and returns its two tables. Other claims,
---such as aud, are left to the script.
---@param pk string
---@param token string
---@return table? payload
---@return table|string header
function jwt.verify(pk, token) end
