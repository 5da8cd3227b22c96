---@meta
-- Generated from the descriptions in qrelay's source by "go generate ./docs".

---JSON texts from Lua values and back.
json = {}

---Writes a value as JSON, objects with sorted members. Raises for what JSON cannot express and
---says where it is: functions, NaN, invalid UTF-8, holes in arrays, other keys than 1 to n or
---strings, cycles.
---@param value any
---@return string text
function json.dump(value) end

---Reads a JSON text. null is nil, inside tables json.null; arrays stay arrays when they are dumped
---again. The error says where the text is wrong.
---@param text string
---@return any value
---@return string? err
function json.parse(text) end

---Marks a table as an array, also while it is empty, and returns it. Raises if the table has
---another metatable.
---@param table table
---@return table table
function json.array(table) end

---Stands for null inside tables, where nil cannot be. It is not nil: a condition takes it for
---true.
---@type userdata
json.null = nil
