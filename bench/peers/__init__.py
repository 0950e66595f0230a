"""Other tools and vizstream, serving one scene to real browsers; `run.py` measures them.

::

    run.py ─► environments   a virtual environment for each tool, from PyPI, made on demand
           ─► cell           one tool, one size, so many viewers:
                tools          how each is started and where its page shows the picture
                adapters/      the scene, served as that tool's documentation says; run in its environment
                scene          the flow scene, with a marker that tells which picture this is
                watch.js       reads the marker in the page, whatever shows the picture
                counters       CPU of the server's processes, bytes on the loopback
                picture        a screenshot against VTK's own pixels
           ─► results        figures out of what was counted, kept in pieces, medians of them
           ─► table          Markdown, with the cells that are lost marked
"""
