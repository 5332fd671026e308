"""Words that say nothing of a reason for contact: they make no statement and begin no name."""

_FUNCTION = (
    "a about after again all also am an and any anything are as at be because been before being "
    "both but by can could did do does doing done each either else even ever every few for from "
    "had has have having he her here him his how i if in into is it its itself just less lot many "
    "may me might mine more most much must my myself neither of off on once one only or other our "
    "ours out over own quite rather same shall she should since so some something still such than "
    "that the their theirs them themselves then there these they this those though through till "
    "to too under until up upon us very was we were what when where whether which while who whom "
    "whose why will with would yet you your yours yourself"
)
_TALK = (
    "hi hello hey dear thanks thank please ok okay yes yeah no nope sure well really actually "
    "honestly maybe perhaps um uh er erm hmm oh ah like want wants wanted need needs needed know "
    "think guess mean look looking see help tell tells told say says said saying ask asks asked "
    "asking speak spoke talk talked answer answered write wrote written hear heard call called "
    "try tried trying get gets got getting go going goes gone gonna come comes came coming give "
    "gives gave make makes made take takes took put let keep kept way thing things stuff guys guy "
    "someone somebody anyone anybody nobody everyone people person good great nice fine bad sorry "
    "possible already yesterday today tomorrow tonight morning afternoon evening night day days "
    "week weeks month months year years hour hours minute minutes ago now time times first second "
    "two three four five six seven eight nine ten hundred thousand half quarter last next "
    "monday tuesday wednesday thursday friday saturday sunday january february march april june "
    "july august september october november december pls plz lol btw asap kg km mm cm gbp eur usd "
    "pound pounds euro euros mr mrs ms sir madam team regards "
    "wow aye huh ehm eh mate yep happy glad hope wait waiting promised promise noon weekend "
    "happened stands right better correct quid lol honest telling supposed "
    "im id ive ill dont cant didnt doesnt wont isnt thats whats theres youre couldnt wasnt havent "
    "lets hasnt arent shouldnt wouldnt weve theyve youve hes shes theyre werent hadnt itll youll "
    "theyll youd theyd hed whos wheres hows"
)
_ELSEWHERE = (
    "ab aber als am an auch auf aus bei bin bis da dann das dass dem den der des doch ein  eine "
    "einem einen einer es für haben habe hat hatte ich ihr ihre im ist ja kann kein keine mein "
    "meine mich mir mit nach nicht noch nur oder schon sehr sein seit sich sie sind soll über "
    "um  und uns unser unsere von vor war was wenn wer wie wir wird wo zu zum zur guten tag "
    "hallo danke  sehr geehrte damen herren die laut ihrer nichts beim bitte wurde werden muss "
    "mai juni  el la los las un una unos unas de del que y en es por para con se su o solo mi "
    "lo al como pero más no está hola gracias buenas tardes días le les des du et est je il "
    "elle  nous vous ne pas pour dans sur avec une au aux ce cette mon ma mes bonjour merci "
    "eins zwei drei vier fünf sechs sieben acht neun zehn beide leider habe hatten gestern heute "
    "bin seit dos tres cuatro cinco seis siete ocho nueve diez me te le les nos ni ya muy "
    "esto esta este ayer hoy un deux trois quatre cinq six sept huit neuf dix hier mais sont"
)
FILLER = frozenset(f"{_FUNCTION} {_TALK} {_ELSEWHERE}".split())
"""Closed-class words, words of the talk itself and of when it was; English, and the most frequent
of German, Spanish and French. Apostrophes are left out: "don't" stands as "dont"."""


def is_filler(word: str) -> bool:
    """Tell whether a word, in any case, says nothing of a reason for contact."""
    plain = word.lower().replace("'", "").replace("\u2019", "")
    return len(plain) < _SHORTEST or plain in FILLER


_SHORTEST = 2
