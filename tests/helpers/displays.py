"""What tests of displays look at."""

SAME, DIFFERENT = "#0072b2", "#d55e00"


def texts(legend):
    return [text.get_text() for text in legend.get_texts()]
