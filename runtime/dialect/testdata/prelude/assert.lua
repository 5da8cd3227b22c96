-- What the scripts of this folder assert with.

local function show(v)
  if type(v) == 'string' then return string.format('%q', v) end
  return tostring(v)
end

-- eq(got, want): the same value, or the same NaN.
function eq(got, want)
  if got == want or got ~= got and want ~= want then return end
  error('got ' .. show(got) .. ', want ' .. show(want), 2)
end

-- results(f(…)){…} compares all results of a call, nils included.
function results(...)
  local n, got = select('#', ...), {...}
  return function(want)
    local m = want.n or #want
    if n ~= m then error('got ' .. n .. ' results, want ' .. m, 2) end
    for i = 1, n do
      if got[i] ~= want[i] and (got[i] == got[i] or want[i] == want[i]) then
        error('result ' .. i .. ': got ' .. show(got[i]) .. ', want ' .. show(want[i]), 2)
      end
    end
  end
end

-- fails(pattern, f, …): f(…) must raise a message that matches.
function fails(pattern, f, ...)
  local ok, e = pcall(f, ...)
  if ok then error('no error; want one like ' .. pattern, 2) end
  if not tostring(e):find(pattern) then
    error('got error ' .. show(e) .. ', want one like ' .. pattern, 2)
  end
end

-- refused(pattern, source): the source must not compile.
function refused(pattern, source)
  local f, e = loadstring(source, '=chunk')
  if f then error('compiles; want an error like ' .. pattern, 2) end
  if not e:find(pattern) then error('got error ' .. show(e) .. ', want one like ' .. pattern, 2) end
end
