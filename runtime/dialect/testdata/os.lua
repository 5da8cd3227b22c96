-- The os library; the tests run in UTC.
eq(os.date('!%Y-%m-%d %H:%M:%S', 1709210096), '2024-02-29 12:34:56') eq(os.date('!%c', 1709210096), 'Thu Feb 29 12:34:56 2024') eq(os.date('!%x %X %p', 0), '01/01/70 00:00:00 AM')
eq(os.date('!%a %A %b %B %d %e %j %y %Z %z %%', 1709210096), 'Thu Thursday Feb February 29 29 060 24 GMT +0000 %') eq(os.date('%Z', 0), 'UTC') eq(os.date('!%I:%M %p', 1709260496), '02:34 AM')
eq(os.date('!%D %F %R %T %r', 1709210096), '02/29/24 2024-02-29 12:34 12:34:56 12:34:56 PM') eq(os.date('!%C %g %G %k %l %s %u %w %h', 1709210096), '20 24 2024 12 12 1709210096 4 4 Feb')
eq(os.date('!%U %V %W', 1704067200), '00 01 01') eq(os.date('!%U %V %W', 1735603200), '52 01 53') eq(os.date('!%n%t|%Q', 0), '\n\t|%Q') eq(os.date('!', 0), '') eq(os.date('!%', 0), '%')
local d = os.date('!*t', 1709210096)
for k, v in pairs{year = 2024, month = 2, day = 29, hour = 12, min = 34, sec = 56, wday = 5, yday = 60, isdst = false} do eq(d[k], v) end
eq(os.time{year = 2024, month = 2, day = 29, hour = 12, min = 34, sec = 56}, 1709210096) eq(os.time{year = 2024, month = 2, day = 29}, 1709208000) eq(os.time(d), 1709210096)
eq(os.time{year = 2024, month = 14, day = -3, hour = 0}, os.time{year = 2025, month = 1, day = 28, hour = 0}) eq(os.time{year = '2024', month = '0x2', day = ' 29 '}, 1709208000)
eq(os.time{year = 2024, month = 2, day = 29, isdst = true}, 1709204400)
fails("field 'day' missing in date table", os.time, {year = 2024, month = 1}) fails("field 'day' missing", os.time, {}) fails("field 'month' missing", os.time, {day = 1}) fails("field 'hour' missing", os.time, {year = 1, month = 1, day = 1, hour = {}})
fails("field 'year' is out of range", os.time, {year = 1e10, month = 1, day = 1}) fails('table expected', os.time, 5) fails('number expected', os.date, '%c', 'x')
assert(os.time() > 1.7e9) assert(math.abs(os.time() - os.time(os.date('*t'))) <= 1) eq(os.difftime(5, 3), 2) assert(os.clock() >= 0) eq(type(os.date()), 'string')
eq(os.getenv('NO_SUCH_VARIABLE'), nil) eq(os.getenv(''), nil) assert(os.getenv('PATH')) eq(os.setlocale(), 'C') eq(os.setlocale('de_DE'), nil) eq(os.setlocale('C', 'all'), 'C')

eq(os.execute(), 1) eq(os.execute('exit 0'), 0) eq(os.execute('exit 3'), 3 * 256) eq(os.execute('kill -9 $$'), 9)
local name = os.tmpname() local f = assert(io.open(name)) f:close()
eq(os.rename(name, name .. '.x'), true) eq(os.remove(name .. '.x'), true)
results(os.remove(name)){nil, name .. ': No such file or directory', 2} results(os.rename(name, name)){nil, name .. ': No such file or directory', 2}
