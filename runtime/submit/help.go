package submit

// Help is what --help prints. It is also the manual of the command.
const Help = `Hand one mail to a QMQP server. The mail is read from standard input.

Usage:
  qrelay submit [--to ADDRESS] [OPTION]... [RECIPIENT]...
  sendmail [OPTION]... [RECIPIENT]...

A link or copy of qrelay that is called "sendmail" does the same thing. This is
the program to put into containers as /usr/sbin/sendmail.

Where to:
      --to ADDRESS      socket path, @name, IP address, host name, each of the
                        latter with or without :port (628). Default: the
                        environment variable QRELAY_ADDRESS, else what it was
                        built with, mostly /run/cm4all/qrelay/qrelay.sock
      --timeout TIME    how long to wait for the answer (default 10m)

Options of sendmail:
  -f, -r ADDRESS        envelope sender; '' or '<>' for none (default: you)
  -t                    take recipients from the header fields To, Cc and Bcc
                        too, and remove Bcc
  -i, -oi               a line with a lone dot does not end the mail
  -v                    print the answer even if the mail is accepted
  -bm                   read a mail from standard input; no other mode is there
  --                    only recipients follow
  -A -B -C -F -G -L -N -O -R -U -V -X -c -e -h -m -n -o -p -x
                        accepted and ignored, with their values

Recipients and senders without domain get the one in /etc/mailname, or else the
host name. The mail itself is sent byte for byte as it is.

Exit status:
   0  accepted
  64  wrong command line
  65  no usable recipients in the header
  69  refused for good; do not try again
  75  nobody has the mail now; try again later

Examples:
  qrelay submit --to /run/cm4all/qrelay/qrelay.sock -i bob@example.com <mail.eml
  qrelay submit --to 192.0.2.7 -f alice@example.org bob@example.com <mail.eml
  printf 'To: bob@example.com\n\nHi!\n' | QRELAY_ADDRESS=@mail sendmail -t
`
