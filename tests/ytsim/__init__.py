"""A stand-in for www.youtube.com, googlevideo.com, ytimg.com and sponsor.ajay.app on loopback, for the real,
unpatched yt-dlp.

It is an HTTP proxy that ends TLS itself. Give yt-dlp ``--proxy URL`` and either ``--no-check-certificates``
or, with certificates verified, ``SSL_CERT_FILE=ca.pem`` and ``--compat-options no-certifi``. No request
leaves the machine: a host that is not played answers 404.

Here belong what the sites say and serve, and the faults a test may ask of them; not what a test expects of
ytarchive, which this package does not know. ``server.YtSim`` is the door; ``python -m tests.ytsim`` the same
for a shell. From the ground up:

    cache, certs, player_js, catalogue, knobs     what there is
    innertube, playability, media, site           the atoms of JSON, the files, all that changes meanwhile
    streaming, player, watch, chat, tabs, endless  what is said
    pages, reply                                  how it is sent
    routes, media_routes, sponsorblock, control   where it is said
    proxy, server                                 to whom

Not played: PO tokens, SABR bodies, cookies and logins, live streams that grow.
"""
